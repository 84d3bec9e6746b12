"""One pass against optimising: `python tests/benchmarks/painters.py --vgg19 FILE --pictures DIR [--painter RUN]`.

DIR has contents and styles in `content` and `style`. "ways" paints pairs in every way and has VGG19 judge them; "race"
begins with what the painter makes of the content, and goes on to the loss of a plain program. A pair takes minutes:
each is kept in results/ when it is done, and only measured again when its settings change, or the painter.
"""

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch

from artgan.config.transfer import TransferConfig
from artgan.painting.optimise import strength_of_start
from artgan.pipelines.painters import open_painter
from artgan.runtime import resolve_precision

from contest import PairsPlan, measure_pairs, pairs_section
from kept import CHOICES, Kept, Part, measured_on, named_pairs
from page import Spread, number, replace_section, table
from reporting import FOLDER, PAGE, tell
from ways import (
    EMBEDDED,
    FAST,
    FULL_STRENGTH,
    MATCHED,
    RECOLOURED,
    RETOUCHED,
    THEN,
    VGG19,
    WAYS,
    Networks,
    WaysPlan,
    fidelity,
    gram_error,
    measure_ways,
    seconds_of,
)
from workload import CPU, Encoders, recipe_config

SECTIONS = {"ways": "all", "race": "diagonal"}
"""With the pairs that are taken where none are named."""
_MARK = "painters_"
_WAYS_TITLE = "## Painting in one pass, and by optimising"
_RACE_TITLE = "## From a painter's picture, against a plain program"
_ERRORS, _TIME = 2.0, 0.01
"""The goal: at most so many times the Gram error of optimising, at its fidelity, in such a share of its time."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    ways: WaysPlan
    race: PairsPlan

    def at(self, long_side: int) -> "Plan":
        """The same at another size."""
        ways, race = (dataclasses.replace(part, long_side=long_side) for part in (self.ways, self.race))
        return Plan(ways=ways, race=race)


def _entrants(steps: int) -> dict[str, TransferConfig]:
    """Recipe swift in so many steps, from the content and from a painting."""
    swift = dataclasses.replace(recipe_config("swift"), steps=steps)
    starts = {"from the content": "content", "from fast": "fast"}
    return {f"swift, {start}": dataclasses.replace(swift, init=init) for start, init in starts.items()}


FULL = Plan(
    ways=WaysPlan(
        long_side=256,
        repeats=5,
        halvings=7,
        optimised=TransferConfig(),
        retouched=recipe_config("retouch"),
        then=TransferConfig(init="fast", optimizer="lbfgs", scales=1, steps=60),
        pace=(20, 60),
        seed=0,
    ),
    race=PairsPlan(long_side=256, plain_steps=300, entrants=_entrants(200), every=3, share=0.2),
)
QUICK = Plan(
    ways=WaysPlan(
        long_side=48,
        repeats=2,
        halvings=2,
        optimised=TransferConfig(steps=3),
        retouched=dataclasses.replace(recipe_config("retouch"), steps=2),
        then=TransferConfig(init="fast", optimizer="lbfgs", scales=1, steps=2),
        pace=(1, 2),
        seed=0,
    ),
    race=PairsPlan(long_side=48, plain_steps=4, entrants=_entrants(8), every=2, share=0.2),
)


@dataclass(frozen=True)
class WayRow:
    way: Annotated[str, "painted"]
    kept: Annotated[Spread, "content fidelity"]
    error: Annotated[Spread, "Gram error"]
    similarity: Annotated[Spread, "style similarity, %"]
    seconds: Annotated[Spread | None, "seconds"]


@dataclass(frozen=True)
class GoalRow:
    goal: Annotated[str, "goal"]
    found: Annotated[Spread, "found"]
    pairs: Annotated[str, "pairs that reach it"]


def ways_section(records: Sequence[Mapping[str, Part]], plan: WaysPlan) -> str:
    """The section of the page, from a record a pair."""
    matched = [record[MATCHED] for record in records]
    strengths = Spread.of(part["strength"] for part in matched)
    full = sum(part["strength"] == FULL_STRENGTH for part in matched)
    return f"""\
{_WAYS_TITLE}

Pairs of a content and a style: {len(records)}; long side: {plan.long_side} px. Medians with ranges over the pairs. Real
VGG19 in float32 judges: content fidelity is the cosine of its features and the content's (relu4_1 and relu5_1), Gram
error |G - T| / |T| of its Gram matrices and the style's (relu1_1 to relu5_1). Style similarity is the same, from 0 %
for the content itself to 100 % for the style. Seconds are of painting with the look at the style, not of loading; of
one pass and of the few steps after it the median of {plan.repeats}. What optimising from the content takes follows
from its first {plan.pace[0]} and {plan.pace[1]} steps, in paintings of so many, in the same minutes as the others; its
scores may be of another day.

- {RECOLOURED}: its colours moved to the style's, without a stroke.
- {FAST}: in one pass, as it comes.
- {MATCHED}: so strong that as much of the content is left as in VGG19's own picture: `--strength`
  {strengths}. In {full} of {len(records)} pairs even {FULL_STRENGTH:g} leaves as much or more, and that is taken.
- {RETOUCHED}: recipe retouch, the painting in one pass and {plan.retouched.steps} steps of {plan.retouched.optimizer}
  through the embedded encoder, as it comes: its fidelity is not matched pair by pair. The recipe was chosen on six of
  the pairs that are measured here.
- {EMBEDDED}, {VGG19}: optimised by this encoder, as it comes.
- {THEN}: {plan.then.steps} steps of {plan.then.optimizer} at {plan.then.scales} scale, from a painting in one pass of
  {strength_of_start(plan.then.steps):g} times the usual strength, as `--init fast` takes it for so many steps.

{table([_way_row(way, records) for way in WAYS])}

{table(_goal_rows(records))}"""


def _way_row(way: str, records: Sequence[Mapping[str, Part]]) -> WayRow:
    parts = [record[way] for record in records]
    seconds = [seconds_of(record, way) for record in records]
    known = [one for one in seconds if one is not None]
    return WayRow(
        way,
        Spread.of(fidelity(part) for part in parts),
        Spread.of(gram_error(part) for part in parts),
        Spread.of(part["scores"]["style_similarity"]["percent"] for part in parts),
        Spread.of(known) if known else None,
    )


def _goal_rows(records: Sequence[Mapping[str, Part]]) -> list[GoalRow]:
    rows = []
    for way in (MATCHED, RETOUCHED):
        errors = [gram_error(record[way]) / gram_error(record[VGG19]) for record in records]
        shares = [_share_of_time(record, way) for record in records]
        what = f"{way} / {VGG19}"
        rows.append(_goal_row(f"Gram error: {what} at most {_ERRORS:g}", errors, _ERRORS))
        rows.append(_goal_row(f"seconds: {what} at most {number(_TIME)}", shares, _TIME))
    return rows


def _share_of_time(record: Mapping[str, Part], way: str) -> float:
    own, whole = seconds_of(record, way), seconds_of(record, VGG19)
    assert own is not None
    assert whole is not None
    return own / whole


def _goal_row(goal: str, found: Sequence[float], most: float) -> GoalRow:
    return GoalRow(goal, Spread.of(found), f"{sum(one <= most for one in found)} of {len(found)}")


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parse(arguments)
    plan = QUICK if given.quick else FULL
    plan = plan.at(given.size or plan.ways.long_side)
    if given.quick:
        torch.set_num_threads(1)  # tiny tensors gain nothing from threads, and lose much on a busy machine
    config = TransferConfig(method="fast", painter=given.painter)
    one_pass = open_painter(config, CPU, resolve_precision(config.precision, CPU))
    encoders = Encoders(weights={"vgg19": given.vgg19, "embedded": None})
    for section in given.only or SECTIONS:
        tell(f"measuring {section}")
        pairs = named_pairs(given.pictures, given.pairs or SECTIONS[section])
        kept = Kept(folder=given.results / f"{'painters' if section == 'ways' else 'race'}-{plan.ways.long_side}")
        if section == "ways":
            networks = Networks(encoders=encoders, one_pass=one_pass)
            records = []
            for files in pairs:
                records.append(measure_ways(files, networks, plan.ways, kept))
                tell(f"{files[0].stem} in {files[1].stem}: {_told(records[-1])}")
            text, parts = ways_section(records, plan.ways), [part for record in records for part in record.values()]
        else:
            rows, parts = measure_pairs(pairs, encoders, plan.race, kept, tell, one_pass=one_pass)
            text = f"{pairs_section(rows, plan.race, _RACE_TITLE)}\n\n{_told_of_start(plan.race)}"
        facts = [
            measured_on(parts),
            f"- Painter, by the start of its SHA-256: {one_pass.sha256[:16]}",
            f"- Encoder: vgg19 {encoders.load('vgg19', 'float32').sha256[:16]}",
            f"- To repeat it: `{_command(given, section)}`",
        ]
        text = "\n\n".join([text, "\n".join(facts)])
        print(text)
        if given.out is not None:
            replace_section(given.out, f"{_MARK}{section}", text)
            tell(f"written to {given.out}")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure painting in one pass against optimising.")
    parser.add_argument("--vgg19", type=Path, required=True, metavar="FILE", help="VGG19's weights")
    parser.add_argument(
        "--painter", metavar="RUN", help="a painter, as artgan transfer --painter; default the built-in one"
    )
    parser.add_argument(
        "--pictures", type=Path, required=True, metavar="DIR", help="contents and styles in DIR/content and DIR/style"
    )
    parser.add_argument("--size", type=int, metavar="PX", help="long side; default 256")
    parser.add_argument("--pairs", metavar="WHICH", help=f"{CHOICES}; default all for ways, diagonal for race")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this part only; repeatable")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all works; figures mean nothing")
    parser.add_argument("--results", type=Path, metavar="DIR", help="where pairs are kept; default results/")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default docs/benchmarks.md; none with --quick")
    given = parser.parse_args(arguments)
    given.results = given.results or (Path(tempfile.mkdtemp()) if given.quick else FOLDER)
    given.out = given.out or (None if given.quick else PAGE)
    return given


def _command(given: argparse.Namespace, section: str) -> str:
    """What to type for a section again; files are named by what they hold."""
    parts = ["python tests/benchmarks/painters.py --vgg19 FILE --pictures DIR"]
    parts += ["--painter RUN"] if given.painter else []
    parts += ["--quick"] if given.quick else []
    parts += [f"--size {given.size}"] if given.size else []
    parts += [f"--pairs {given.pairs}"] if given.pairs else []
    return " ".join([*parts, f"--only {section}"])


def _told_of_start(plan: PairsPlan) -> str:
    (begun,) = (config for config in plan.entrants.values() if config.init == "fast")
    share = strength_of_start(begun.steps)
    return f"From fast: from a painting in one pass of {share:g} times the usual strength, as `--init fast` takes it."


def _told(record: Mapping[str, Part]) -> str:
    return ", ".join(
        f"{way} {number(fidelity(record[way]))} kept, Gram error {number(gram_error(record[way]))}"
        + ("" if (seconds := seconds_of(record, way)) is None else f", {number(seconds)} s")
        for way in WAYS
    )


if __name__ == "__main__":
    sys.exit(main())
