"""Trouble of a CycleGAN that metrics show: inverted colours, copies of what went in, a discriminator that knows all."""

from collections.abc import Mapping, Sequence

_EARLY = 500
"""Steps before which nothing is said: much looks odd while a run begins."""
_LINES = 10
"""Lines of metrics that must agree."""
_INVERTED = -0.2
_COPIED = 0.03
_CERTAIN = 0.02

_LUMINANCE, _CHANGE, _DOUBT = "health/luminance ", "health/change ", "health/doubt "


def translation_troubles(lines: Sequence[Mapping[str, float]]) -> set[str]:
    """What is wrong, in words; nothing for tasks without these figures.

    The last 10 lines, all beyond step 500, must agree: light and dark of pictures and translations are correlated
    negatively (below -0.2); translations differ from pictures by less than 0.03 of a range of 2, while the
    discriminator can tell; a discriminator's loss is below a fiftieth of what it is when it can tell nothing.
    """
    recent = [line for line in lines[-_LINES:] if line["step"] > _EARLY]
    if len(recent) < _LINES:
        return set()
    shared = set.intersection(*(set(line) for line in recent))
    found = set()
    for name in sorted(shared):
        highest = max(line[name] for line in recent)
        way = name.rpartition(" ")[2]
        if name.startswith(_LUMINANCE) and highest < _INVERTED:
            found.add(
                f"the translation {way} turns light into dark (inverted colours), which a cycle cannot notice: start "
                "again with another --seed, or a higher --identity"
            )
        if name.startswith(_CHANGE) and highest < _COPIED and _told_apart(recent, way):
            found.add(
                f"the translation {way} copies its pictures: start again with a lower --identity or --cycle, or check "
                "that the domains differ"
            )
        if name.startswith(_DOUBT) and highest < _CERTAIN:
            found.add(
                f"the discriminator of {way} knows everything (it is saturated) and teaches nothing more: try a lower "
                "--learning-rate, --recipe small, or more pictures"
            )
    return found


def _told_apart(lines: Sequence[Mapping[str, float]], way: str) -> bool:
    """Whether the target's discriminator tells translations from pictures better than by chance: where copies pass, the
    domains look the same, and copying is right."""
    doubt = f"{_DOUBT}{way.partition('->')[2]}"
    return all(line.get(doubt, 1.0) < 0.9 for line in lines)
