"""Records of pairs of a content and a style, a file a pair: what has been measured is kept and not measured again.

A pair takes minutes, all of them hours. A record has parts, each with the settings it was measured with. Seconds of one
part are compared with those of another, so that a pair is measured in one sitting or not at all: the next time a
machine may have half the speed. Lasting parts are those of which nobody compares the seconds.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import describe

Files = tuple[Path, Path]
"""Files of a content and a style."""
Part = dict[str, Any]
"""What was measured, with "settings" and "machine"."""

CHOICES = "diagonal, a number of diagonals, all, or CONTENT:STYLE by the names of files, several with commas"
_SUFFIXES = (".jpg", ".png")


def named_pairs(folder: Path, choice: str) -> list[Files]:
    """Contents and styles out of `content` and `style` in a folder: in order, each with the next ones, each with each,
    or some by their names.

    Raises SystemExit where there is none such.
    """
    contents, styles = (
        sorted(path for path in (folder / kind).iterdir() if path.suffix in _SUFFIXES) for kind in ("content", "style")
    )
    if choice == "diagonal":
        return list(zip(contents, styles, strict=False))
    if choice.isdecimal():
        places = [(number, number + turn) for turn in range(int(choice)) for number in range(len(contents))]
        return [(contents[one], styles[other % len(styles)]) for one, other in places]
    pairs = [(content, style) for content in contents for style in styles]
    if choice == "all":
        return pairs
    by_name = {":".join(path.stem for path in pair): pair for pair in pairs}
    names = choice.split(",")
    if unknown := [name for name in names if name not in by_name]:
        raise SystemExit(f"no pair '{unknown[0]}' in {folder}: {CHOICES}")
    return [by_name[name] for name in names]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How a part is measured."""

    settings: Mapping[str, Any]
    """All that the result depends on, but for the pair and the machine; as JSON has it."""
    run: Callable[[Mapping[str, Part]], Mapping[str, Any]]
    """Given the parts before it, by name."""
    lasting: bool = False
    """Stays when others are measured anew."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The records in a folder."""

    folder: Path

    def record(self, pair: Files, measures: Mapping[str, Measure]) -> dict[str, Part]:
        """The parts of a pair, by name: those on record, or, where one is missing or has other settings, all anew, but
        for lasting ones.
        """
        path = self.folder / f"{pair[0].stem}-{pair[1].stem}.json"
        known: dict[str, Part] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        # As they are when read again.
        settings = {name: json.loads(json.dumps(measure.settings)) for name, measure in measures.items()}
        valid = {name for name in measures if name in known and known[name]["settings"] == settings[name]}
        if valid == set(measures):
            return {name: known[name] for name in measures}
        found: dict[str, Part] = {}
        for name, measure in measures.items():
            if measure.lasting and name in valid:
                found[name] = known[name]
                continue
            machine = dataclasses.asdict(describe())
            found[name] = {"settings": settings[name], "machine": machine, **measure.run(found)}
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
        return found


def measured_on(parts: Iterable[Part]) -> str:
    """The machines and the days of what was measured, lines of a list: it may have taken several runs."""
    machines = [part["machine"] for part in parts]
    days = sorted({machine["date"] for machine in machines})
    kinds = dict.fromkeys(
        f"- Machine: {of['processor']}, {of['cores']} cores, {of['threads']} threads; artgan {of['artgan']}, "
        f"torch {of['torch']}, Python {of['python']}"
        for of in machines
    )
    return "\n".join([*kinds, f"- Measured: {' to '.join(dict.fromkeys([days[0], days[-1]]))}"])
