"""Measures style transfer and writes docs/benchmarks.md: `python tests/benchmarks/transfer.py --vgg19 FILE`.

Needs no network. Without VGG19's weights its rows are left out. A full run takes up to an hour on two
cores; nothing else should use them meanwhile. All pairs of paintings take a night, in pieces if need be:
`--only pairs --pictures DIR --pairs all`; what is measured is kept and not measured again.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from artgan.io.shipped import PAINTER, built_in_model

from arithmetic import CEILING_CHANNELS, CEILING_SIDE
from contest import PAIRS_TITLE, measure_pairs, pairs_section
from goal import measure_goal
from kept import CHOICES, Kept, measured_on, named_pairs
from machine import describe
from one_pass import measure_passes
from page import other_sections, replace_section, table
from parts import measure_parts, profile_section
from plans import FULL, QUICK, Plan
from processes import measure_command, measure_fast_memory, measure_limit, measure_memory
from speed import measure_speed
from strengths import measure_strengths, measure_strengths_in_one_pass, strengths_section
from workload import CONTENT, STYLE, Encoders, shipped_pair

SECTIONS = ("speed", "profile", "goal", "pairs", "strength", "memory", "one_pass", "command")
RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_MARK = "transfer_"
_TITLE = """\
# Benchmarks of style transfer

How fast style transfer is, what limits it, and what it needs: written by `tests/benchmarks/transfer.py`, on the CPU.
Repeated timings are given as median (min–max). Sections that were measured apart say so."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The command line."""

    vgg19: Path | None
    embedded: Path | None
    quick: bool
    seed: int
    only: tuple[str, ...]
    out: Path | None
    before: Path | None
    pictures: Path | None
    pairs: str
    goal_size: int | None
    goal_steps: int | None
    results: Path
    painter: Path

    @property
    def plan(self) -> Plan:
        plan = QUICK if self.quick else FULL
        size, steps = self.goal_size or plan.pairs.long_side, self.goal_steps or plan.pairs.plain_steps
        return dataclasses.replace(plan, pairs=dataclasses.replace(plan.pairs, long_side=size, plain_steps=steps))

    def command(self) -> str:
        """What to type for the same run again; files are named by what they hold."""
        parts = ["python tests/benchmarks/transfer.py"]
        parts += ["--vgg19 FILE"] if self.vgg19 else []
        parts += ["--embedded FILE"] if self.embedded else []
        parts += ["--quick"] if self.quick else []
        parts += [f"--before {self.before.name}"] if self.before else []
        parts += [f"--pictures DIR --pairs {self.pairs}"] if self.pictures else []
        parts += [f"--goal-size {self.goal_size}"] if self.goal_size else []
        parts += [f"--goal-steps {self.goal_steps}"] if self.goal_steps else []
        parts += [f"--only {section}" for section in self.only] if self.only != SECTIONS else []
        return " ".join([*parts, f"--seed {self.seed}"])


def parse(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(description="Measure style transfer.")
    parser.add_argument(
        "--vgg19", type=Path, metavar="FILE", help="VGG19's weights; without them its rows are left out"
    )
    parser.add_argument("--embedded", type=Path, metavar="FILE", help="instead of the embedded encoder in the package")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all works; figures mean nothing")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this part only; repeatable")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default docs/benchmarks.md; none with --quick")
    parser.add_argument(
        "--before",
        type=Path,
        metavar="DIR",
        help="an earlier version, for the profile: a checkout, named by its commit",
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="contents and styles in DIR/content and DIR/style, for the pairs"
    )
    parser.add_argument("--pairs", default="diagonal", metavar="WHICH", help=f"{CHOICES}; default one style a content")
    parser.add_argument("--goal-size", type=int, metavar="PX", help="of the pairs; default 512")
    parser.add_argument("--goal-steps", type=int, metavar="N", help="of the plain program; default 100")
    parser.add_argument("--painter", type=Path, default=built_in_model(PAINTER), metavar="FILE", help="in one pass")
    parser.add_argument("--results", type=Path, metavar="DIR", help="where pairs are kept; default results/")
    given = parser.parse_args(arguments)
    return Options(
        vgg19=given.vgg19,
        embedded=given.embedded,
        quick=given.quick,
        seed=given.seed,
        only=tuple(section for section in SECTIONS if given.only is None or section in given.only),
        out=given.out or (None if given.quick else PAGE),
        before=given.before,
        pictures=given.pictures,
        pairs=given.pairs,
        goal_size=given.goal_size,
        goal_steps=given.goal_steps,
        results=given.results or (Path(tempfile.mkdtemp()) if given.quick else RESULTS),
        painter=given.painter,
    )


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(options: Options) -> dict[str, str]:
    """Run the parts asked for; returns their sections by name, and the page's head as "head"."""
    torch.manual_seed(options.seed)
    if options.quick:
        torch.set_num_threads(1)  # tiny tensors gain nothing from threads, and lose much on a busy machine
    weights = {"vgg19": options.vgg19, "embedded": options.embedded}
    encoders = Encoders(weights={name: file for name, file in weights.items() if name == "embedded" or file})
    found = {"head": _head(options, encoders)}
    for section in options.only:
        tell(f"measuring {section}")
        found[section] = _MEASURES[section](options, encoders)
    return found


def whole_page(found: Mapping[str, str], others: str) -> str:
    """The page of a run of all parts, with the sections that other scripts have put there."""
    own = [f"<!-- {_MARK}{name} -->\n{text}\n<!-- end of {_MARK}{name} -->" for name, text in found.items()]
    return "\n\n".join([_TITLE, *own]) + "\n" + others


def _head(options: Options, encoders: Encoders) -> str:
    files = [f"{name} {encoders.load(name, 'float32').sha256[:16]}" for name in encoders.names]
    notes = []
    if options.quick:
        notes.append("**A quick run at tiny sizes: it shows that the script works. Its figures mean nothing.**")
    if options.vgg19 is None:
        notes.append("VGG19's weights were not given (`--vgg19 FILE`): its rows are left out.")
    facts = "\n".join(
        [
            describe().markdown(),
            f"- Seed: {options.seed}",
            f"- Encoder files, by the start of their SHA-256: {', '.join(files)}",
            f"- Pictures: `{CONTENT}` and the style `{STYLE}`, both in the package",
            f"- To repeat it: `{options.command()}`",
        ]
    )
    return "\n\n".join([*notes, facts])


def _speed(options: Options, encoders: Encoders) -> str:
    plan = options.plan
    speed = measure_speed(encoders, shipped_pair(), plan.speed_sizes, plan.speed_repeats, options.seed)
    text = f"""\
## Seconds a step

What this machine can do: one 3x3 convolution, {CEILING_CHANNELS} to {CEILING_CHANNELS} channels at \
{CEILING_SIDE}x{CEILING_SIDE}, with its ReLU, forward only. Most of VGG19's
arithmetic is convolutions like it, so this is the ceiling for a step.

{table(speed.ceiling)}

A step is everything between two pictures of a painting: the default objective of `artgan transfer` (content,
style, smoothness), its gradient to the pixels and Adam's update. Sizes are width x height. GFLOP counts the
convolutions up to the deepest layer, relu5_1, from their shapes: forward and the gradient to their input, a
multiplication and an addition as two. All rows and the ceiling are measured in turns, {plan.speed_repeats} times each,
so that a slow moment of the machine hits them alike.

{table(speed.steps)}"""
    if not speed.ratios:
        return text
    return f"""{text}

Ratios are taken within each turn; below 1 the first is faster.

{table(speed.ratios)}"""


def _goal(options: Options, encoders: Encoders) -> str:
    title = "## Seconds to a fixed loss"
    if "vgg19" not in encoders.names:
        return f"{title}\n\nLeft out: the loss is VGG19's, and its weights were not given."
    plan = options.plan.goal
    goal = measure_goal(encoders, shipped_pair(), plan, tell)
    return f"""\
{title}

At {goal.size} px the untouched content has a loss of {goal.first_loss:.4f} by VGG19 in float32.
{plan.reference_steps} steps of L-BFGS at that one scale bring it to {goal.last_loss:.4f}; what they have reached
after {plan.reference_steps // 2} steps, **{goal.loss:.4f}**, is the goal. Each run has up to {plan.steps} steps and
the command's other defaults, so it also stops where its own loss is flat. A pyramid shares the steps among its scales
and does not leave a coarse one before its share is done or its loss flat. Every {plan.every} steps the picture,
enlarged to full size, is scored by VGG19 in float32, outside the clock.

VGG19's runs stop at the goal. The embedded encoder never sees VGG19: it descends its own loss to the end, and the
table tells how low VGG19's went on the way, and when. Seconds are of one run.

{table(goal.rows)}"""


def _profile(options: Options, encoders: Encoders) -> str:
    plan = options.plan
    profiles = measure_parts(plan.profile, encoders.weights, plan.profile_repeats, options.before)
    if not options.quick:
        document = {
            "machine": dataclasses.asdict(describe()),
            "profiles": [dataclasses.asdict(one) for one in profiles],
        }
        options.results.mkdir(parents=True, exist_ok=True)
        (options.results / "profile.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return profile_section(profiles, options.before)


def _pairs(options: Options, encoders: Encoders) -> str:
    if "vgg19" not in encoders.names or options.pictures is None:
        return f"{PAIRS_TITLE}\n\nLeft out: it needs VGG19's weights (`--vgg19`) and paintings (`--pictures`)."
    plan = options.plan.pairs
    kept = Kept(folder=options.results / f"contest-{plan.long_side}")
    rows, parts = measure_pairs(named_pairs(options.pictures, options.pairs), encoders, plan, kept, tell)
    # Pairs may be of other days than the section, which is written when the last is measured.
    return f"{pairs_section(rows, plan)}\n\nThe pairs:\n\n{measured_on(parts)}"


def _strength(options: Options, encoders: Encoders) -> str:
    plan = options.plan.strength
    return strengths_section(measure_strengths(encoders.weights, plan, options.seed), plan)


def _memory(options: Options, encoders: Encoders) -> str:
    plan = options.plan
    rows = measure_memory(encoders.weights, plan.memory_sizes, options.seed)
    limited = measure_limit(options.embedded, plan.limited_size, plan.memory_limit, options.seed)
    return f"""\
## Peak memory

The most resident memory (`getrusage`) of `artgan transfer` in a process of its own: 3 steps at full size
(`--scales 1`), everything included, Python and torch too.

{table(rows)}

A picture that is larger than memory goes through the encoder in tiles. Here a photo of the package, brought to that
size, in 2 steps at full size.

{table(limited)}"""


def _one_pass(options: Options, encoders: Encoders) -> str:
    plan = options.plan
    painter, sizes = str(options.painter), plan.strength.sizes
    rows = measure_passes(painter, plan.pass_sizes, plan.pass_repeats, options.seed)
    strengths = measure_strengths_in_one_pass(painter, sizes, plan.pass_strengths, options.seed)
    memory = measure_fast_memory(options.painter, plan.pass_memory, plan.pass_limits, options.seed)
    return f"""\
## Painting in one pass

Seconds of `artgan transfer --method fast` for a picture, once its networks are loaded. The first one of a size has the
style looked at, too, and memory that is used for the first time.

{table(rows)}

Scores by `--strength`, through the embedded encoder, each between what the content and what the style itself gets.
From 25 on features have the style's statistics, and a growing share of what is painted over is the painting of half the
size.

{table(strengths)}

A large picture in one piece and in tiles, with the statistics of the whole; peaks of resident memory of whole commands.
Without a limit tiles have a million and a half pixels. In bfloat16 they differ by rounding, which each scale takes up
from the one before; in float32 tests hold them equal.

{table(memory)}"""


def _command(options: Options, encoders: Encoders) -> str:
    plan = options.plan
    rows = [measure_command(command, options.embedded, plan.command_repeats) for command in plan.commands]
    return f"""\
## The README's command

From the start of the process to its end, as right after installing artgan: nothing in the cache, so that the built-in
painter paints, or, when it is to optimise, the embedded encoder sees. Optimising ends a scale where its loss is flat,
so fewer steps than the limit may be taken.

{table(rows)}"""


_MEASURES = {
    "speed": _speed,
    "profile": _profile,
    "goal": _goal,
    "pairs": _pairs,
    "strength": _strength,
    "memory": _memory,
    "one_pass": _one_pass,
    "command": _command,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    found = measure(options)
    if options.only != SECTIONS:
        # Parts measured by themselves each tell on what.
        head = found.pop("head")
        found = {name: f"{text}\n\nMeasured apart from the others:\n\n{head}" for name, text in found.items()}
    print("\n\n".join(found.values()))
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        if options.only == SECTIONS:
            others = other_sections(options.out, own=_MARK)
            options.out.write_text(whole_page(found, others), encoding="utf-8")
        else:
            for name, text in found.items():
                replace_section(options.out, f"{_MARK}{name}", text)
        tell(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
