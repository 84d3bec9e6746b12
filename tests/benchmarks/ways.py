"""A content painted in a style, in one pass and by optimising: every way on the clock, and as VGG19 sees the result."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from torch import Tensor

from artgan.config.transfer import EVEN, TransferConfig
from artgan.losses.recolouring import recoloured
from artgan.painting.fast import FastPainter
from artgan.painting.optimise import strength_of_start
from artgan.painting.pyramid import fit, resize
from artgan.painting.styles import Style
from artgan.painting.styling import Painting, StylePainter
from artgan.pipelines.judging import Judge
from artgan.pipelines.painters import OnePass

from kept import Files, Kept, Measure, Part
from workload import Encoders, Pair, read_pair

RECOLOURED = "content recoloured"
FAST = "fast"
MATCHED = "fast, fidelity of vgg19"
RETOUCHED = "fast, retouched"
EMBEDDED = "embedded"
VGG19 = "vgg19"
THEN = "fast, then vgg19"
PACE = "pace"
"""The part of a record that tells how fast the machine optimised in this sitting."""
WAYS = (RECOLOURED, FAST, MATCHED, RETOUCHED, EMBEDDED, VGG19, THEN)

FULL_STRENGTH = 100.0


@dataclass(frozen=True, kw_only=True)
class WaysPlan:
    """How the pairs are painted."""

    long_side: int
    repeats: int
    """Of what takes no more than moments, each with a fresh look at the style."""
    halvings: int
    """Of the strengths among which that of the same fidelity is looked for."""
    optimised: TransferConfig
    """Of optimising from the content, by either encoder."""
    retouched: TransferConfig
    """Of the few steps after one pass by the encoder that ships."""
    then: TransferConfig
    """Of optimising from what the painter makes of it."""
    pace: tuple[int, int]
    """Steps of two short paintings, whose seconds tell those of a long one."""
    seed: int


@dataclass(frozen=True, kw_only=True)
class Networks:
    """Loaded once. The encoders are "vgg19" and "embedded"."""

    encoders: Encoders
    one_pass: OnePass


def fidelity(part: Part) -> float:
    """How much of the content is left, to VGG19: a cosine of features."""
    return float(part["scores"]["content_fidelity"]["value"])


def gram_error(part: Part) -> float:
    """|G - T| / |T| of VGG19's Gram matrices and the style's, mean over layers."""
    return 1 - float(part["scores"]["style_similarity"]["value"])


def seconds_of(record: Mapping[str, Part], way: str) -> float | None:
    """What a way took, as of the record's sitting; None where nobody asked."""
    if way in record[PACE]["seconds"]:
        fewer, more = record[PACE]["steps"]
        short, longer = record[PACE]["seconds"][way]
        steps = record[way]["steps"]
        return float(short + (steps - fewer) * (longer - short) / (more - fewer))
    return median(record[way]["seconds"]) if "seconds" in record[way] else None


def matching_strength(fidelity_at: Callable[[float], float], wanted: float, halvings: int) -> float:
    """The greatest strength found at which a fidelity, which falls with strength, is not below the one wanted."""
    if fidelity_at(FULL_STRENGTH) >= wanted:
        return FULL_STRENGTH
    low, high = 0.0, FULL_STRENGTH
    for _ in range(halvings):
        middle = (low + high) / 2
        if fidelity_at(middle) >= wanted:
            low = middle
        else:
            high = middle
    return low


def measure_ways(files: Files, networks: Networks, plan: WaysPlan, kept: Kept) -> dict[str, Part]:
    """The record of a pair, by way; what is kept is not measured again."""
    sitting = _Sitting(read_pair(*files), networks, plan)
    judge = networks.encoders.load("vgg19", "float32").sha256
    common = {"size": plan.long_side, "seed": plan.seed, "judge": judge}
    passes = common | {"painter": networks.one_pass.sha256, "repeats": plan.repeats, "strength": EVEN}

    def optimised(encoder: str, config: TransferConfig, *, repeats: int = 1, lasting: bool = False) -> Measure:
        settings = common | _told(networks, encoder, config) | {"repeats": repeats}
        if config.init == "fast":
            settings |= {"painter": networks.one_pass.sha256, "start": _start(config)}
        return Measure(settings=settings, run=lambda _: sitting.optimised(encoder, config, repeats), lasting=lasting)

    from_content = {way: optimised(way, plan.optimised, lasting=True) for way in (EMBEDDED, VGG19)}
    of_pace = {way: measure.settings for way, measure in from_content.items()} | {"steps": plan.pace}

    measures = {
        RECOLOURED: Measure(settings=common, run=lambda _: sitting.recoloured()),
        **from_content,
        PACE: Measure(settings=of_pace, run=lambda _: sitting.pace()),
        FAST: Measure(settings=passes, run=lambda _: sitting.in_passes(EVEN)),
        MATCHED: Measure(
            settings=passes | {"halvings": plan.halvings}, run=lambda found: sitting.matched(fidelity(found[VGG19]))
        ),
        RETOUCHED: optimised(EMBEDDED, plan.retouched, repeats=plan.repeats),
        THEN: optimised(VGG19, plan.then),
    }
    found = kept.record(files, measures)
    return {part: found[part] for part in (*WAYS, PACE)}


def _start(config: TransferConfig) -> float:
    """The strength of what is begun in one pass."""
    return EVEN * strength_of_start(config.steps)


def _told(networks: Networks, encoder: str, config: TransferConfig) -> dict[str, Any]:
    """What a painting depends on, but for its painter."""
    sha256 = networks.encoders.load(encoder, config.precision).sha256
    return {"options": dataclasses.asdict(config), "encoder": sha256}


class _Sitting:
    """One pair before all painters."""

    def __init__(self, pair: Pair, networks: Networks, plan: WaysPlan) -> None:
        self._pair, self._networks, self._plan = pair, networks, plan
        self._styles = [Style(image=pair.style)]
        # Whoever paints is judged by the same eyes, in their full precision.
        self._judge = Judge(encoder=networks.encoders.load("vgg19", "float32"), styles=self._styles, scale=1.0)

    def recoloured(self) -> dict[str, Any]:
        """What needs no painter: the content in the colours of the style."""
        height, width = fit(*self._pair.content.shape[-2:], self._plan.long_side)
        return {"scores": self._scores(recoloured(resize(self._pair.content, height, width), self._pair.style))}

    def matched(self, wanted: float) -> dict[str, Any]:
        """In one pass, so strong that this fidelity is left."""

        def fidelity_at(strength: float) -> float:
            return fidelity({"scores": self._scores(self._painted(self._in_one_pass(strength)).image)})

        return self.in_passes(matching_strength(fidelity_at, wanted, self._plan.halvings))

    def in_passes(self, strength: float) -> dict[str, Any]:
        """In one pass, several times."""
        paintings = [self._painted(self._in_one_pass(strength)) for _ in range(self._plan.repeats)]
        return {
            "strength": strength,
            "seconds": [painting.seconds for painting in paintings],
            "scores": self._scores(paintings[-1].image),
        }

    def optimised(self, encoder: str, config: TransferConfig, repeats: int) -> dict[str, Any]:
        """Step by step."""
        paintings = [self._painted(self._in_steps(encoder, config)) for _ in range(repeats)]
        return {
            "seconds": [painting.seconds for painting in paintings],
            "steps": paintings[-1].steps,
            "scores": self._scores(paintings[-1].image),
        }

    def pace(self) -> dict[str, Any]:
        """How long the first steps of optimising from the content take, in paintings of so many."""
        seconds = {}
        for way in (EMBEDDED, VGG19):
            configs = [dataclasses.replace(self._plan.optimised, steps=steps, tolerance=0) for steps in self._plan.pace]
            seconds[way] = [self._painted(self._in_steps(way, config)).seconds for config in configs]
        return {"steps": self._plan.pace, "seconds": seconds}

    def _in_steps(self, encoder: str, config: TransferConfig) -> StylePainter:
        """A painter that has not seen the style yet, nor has the one whose painting it begins with."""
        return StylePainter(
            config=config,
            encoder=self._networks.encoders.load(encoder, config.precision),
            styles=self._styles,
            size=self._plan.long_side,
            seed=self._plan.seed,
            sketch=self._in_one_pass(_start(config)).repainted if config.init == "fast" else None,
        )

    def _in_one_pass(self, strength: float) -> FastPainter:
        """A painter that has not seen the style yet."""
        one_pass = self._networks.one_pass
        return FastPainter(
            config=TransferConfig(strength=strength),
            network=one_pass.network,
            eyes=one_pass.eyes,
            styles=self._styles,
            size=self._plan.long_side,
        )

    def _painted(self, painter: StylePainter | FastPainter) -> Painting:
        return painter.paint(self._pair.content, lambda iterate, scales: None, lambda: False)

    def _scores(self, image: Tensor) -> dict[str, Any]:
        return self._judge.scores(image, self._pair.content)
