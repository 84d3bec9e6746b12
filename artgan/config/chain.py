"""Options of `artgan chain`. Standard library only."""

import re
from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.run import RunConfig
from artgan.config.styles import StyleReference, parse_styles
from artgan.config.tiling import MEMORY_HELP, TILING_HELP
from artgan.config.values import parse_memory, parse_seeds
from artgan.errors import UsageError

STEPS = "Steps"
RESULTS = "Results"

_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(->[A-Za-z0-9_-]+)?")


@dataclass(frozen=True)
class StepText:
    """A step as typed.

    Attributes:
        kind: "model", "style" or "sample".
        name: of the model, or the style as typed.
        domain: the domain a model is to lead to, or None.
        text: all of it, for errors.
    """

    kind: Literal["model", "style", "sample"]
    name: str
    domain: str | None
    text: str

    @property
    def style(self) -> StyleReference:
        """A step of kind "style", taken apart as `artgan transfer --style` is. Raises UsageError."""
        (style,) = parse_styles((self.name,), "--step style")
        return style


@dataclass(frozen=True, kw_only=True)
class ChainConfig(RunConfig):
    """Repainting pictures several times over, from domain to domain and style to style."""

    step: tuple[str, ...] = option(
        (),
        "What to do next, in order: MODEL or MODEL:DOMAIN, a CycleGAN and where it leads; style=STYLE, a painting, "
        "typed as --style of artgan transfer is, with a mask or none; and, first of all, sample=MODEL, a GAN that "
        "draws the pictures.",
        panel=STEPS,
        metavar="STEP",
    )
    path: str | None = option(
        None,
        "Instead of steps: domains from the pictures' own to the last, such as monet,photo,vangogh; through others "
        "where no model leads from one to the next.",
        panel=STEPS,
        metavar="A,B,...",
    )
    models: str = option("runs", "Folder of models and runs whose domains --path and --list know.", panel=STEPS)
    seeds: str | None = option(
        None, "Seeds of sample=MODEL's pictures, such as 7 or 0-15,20.", panel=STEPS, metavar="SEEDS"
    )
    tags: str | None = option(
        None, 'What is in sample=MODEL\'s pictures, such as "blue hair, red eyes".', panel=STEPS, metavar="TAGS"
    )
    style_steps: int = option(
        500,
        "Optimisation steps of each style, as --steps of transfer. As there, without this and --encoder a style is "
        "painted in one pass where VGG19's weights are not on disk.",
        panel=STEPS,
        minimum=1,
    )
    encoder: Literal["auto", "vgg19", "vgg16", "embedded"] = option(
        "auto", "Network that sees content and style, as in artgan transfer.", panel=STEPS
    )
    encoder_weights: str | None = option(
        None, "File with the encoder's weights instead of a download.", panel=STEPS, metavar="FILE"
    )
    sheet: bool = option(
        False,
        "Write a sheet beside each result: every stage, and the way back through the models with its error.",
        panel=RESULTS,
    )
    stages: bool = option(False, "Write the picture after each step, too, as soon as it is there.", panel=RESULTS)
    tiling: Literal["auto", "whole", "exact", "thumbnail"] = option("auto", TILING_HELP, panel=RESULTS)
    max_memory: str | None = option(None, MEMORY_HELP, panel=RESULTS, metavar="SIZE")

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if self.seeds is not None:
            parse_seeds(self.seeds, "--seeds")
        if self.max_memory is not None:
            parse_memory(self.max_memory, "--max-memory")
        if self.path is not None and not all(self.stops):
            raise UsageError(f"--path is domains with commas between, such as monet,photo, not '{self.path}'")
        for position, step in enumerate(self.steps):
            if step.kind == "sample" and position > 0:
                raise UsageError(f"--step {step.text} draws new pictures: it is the first step or none")
            if step.kind == "style":
                _ = step.style  # refused here, before any work

    def check_together(self) -> None:
        """Raise UsageError when there is nothing to do, or two answers to what.

        Not done when the configuration is made, since `--list` needs neither.
        """
        only_sample = [step.kind for step in self.steps] == ["sample"]
        if self.path is None and (not self.steps or only_sample):
            raise UsageError("no steps: add --step MODEL:DOMAIN or --step style=FILE, or --path monet,photo,vangogh")
        if self.path is not None and self.steps and not only_sample:
            raise UsageError("--step and --path exclude each other, but for --step sample=MODEL")
        for name, value in (("--seeds", self.seeds), ("--tags", self.tags)):
            if value is not None and not self.draws:
                raise UsageError(f"{name} goes with --step sample=MODEL")

    @property
    def memory_limit(self) -> float | None:
        """`max_memory` in bytes."""
        return None if self.max_memory is None else parse_memory(self.max_memory, "--max-memory")

    @property
    def steps(self) -> tuple[StepText, ...]:
        """`step`, taken apart."""
        return tuple(parse_step(text) for text in self.step)

    @property
    def stops(self) -> tuple[str, ...]:
        """The domains of `path`."""
        return () if self.path is None else tuple(name.strip() for name in self.path.split(","))

    @property
    def draws(self) -> bool:
        """Whether the pictures are drawn by a GAN."""
        return bool(self.steps) and self.steps[0].kind == "sample"


def parse_step(text: str) -> StepText:
    """Take a step apart: "runs/a:photo" is a model and a domain, "style=dots" a style.

    Only what can be a domain's name, or "source->target", is split off behind the last colon, so that a Windows path is
    a name. Raises UsageError for an empty name.
    """
    head, equals, tail = text.partition("=")
    if equals and head in ("style", "sample"):
        if not tail:
            raise UsageError(f"--step {text} names no {'model' if head == 'sample' else 'style'}")
        return StepText("style" if head == "style" else "sample", tail, None, text)
    name, colon, domain = text.rpartition(":")
    if colon and name and _DOMAIN.fullmatch(domain):
        return StepText("model", name, domain, text)
    if not text or text.endswith(":"):
        raise UsageError(f"--step is MODEL:DOMAIN, style=NAME or sample=MODEL, not '{text}'")
    return StepText("model", text, None, text)
