"""Small notations shared by options: durations, seeds, layers and names with weights. Standard library only."""

import math
import re
from collections.abc import Sequence

from artgan.errors import UsageError

MOST_SEEDS = 1_000_000
LARGEST_SEED = 2**63 - 1

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"M": 2.0**20, "G": 2.0**30, "T": 2.0**40}


def parse_duration(text: str, name: str) -> float:
    """Seconds in "90s", "15m", "1.5h" or "1h30m"; a bare number is seconds. Raises UsageError naming the option."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh])", text)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    elif parts and "".join(number + unit for number, unit in parts) == text:
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    else:
        raise UsageError(f"{name} is a time such as 90s, 15m or 1h30m, not '{text}'")
    if seconds <= 0:
        raise UsageError(f"{name} is a time above zero, not '{text}'")
    return seconds


def parse_memory(text: str, name: str) -> float:
    """Bytes in "4G", "1.5GiB" or "800M"; a bare number is GiB. Raises UsageError naming the option."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([MGT])(?:i?B)?)?", text.strip(), re.IGNORECASE)
    size = 0.0 if match is None else float(match[1]) * _BYTES[(match[2] or "G").upper()]
    if size <= 0:
        raise UsageError(f"{name} is a size such as 4G or 800M, not '{text}'")
    return size


def parse_seeds(text: str, name: str) -> tuple[int, ...]:
    """Seeds in "7" or "0-15,20", both ends included, in the order given. Raises UsageError naming the option."""
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last > LARGEST_SEED:
            raise UsageError(f"{name} is seeds such as 7 or 0-15,20, not '{text}'")
        if len(seeds) + last - first >= MOST_SEEDS:
            raise UsageError(f"{name} takes {MOST_SEEDS:,} seeds at most")
        seeds += range(first, last + 1)
    if len(set(seeds)) < len(seeds):
        raise UsageError(f"{name} names a seed twice: '{text}'")
    return tuple(seeds)


def format_seeds(seeds: Sequence[int]) -> str:
    """The shortest text of which `parse_seeds` makes these seeds: "0-15,20"."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][1] + 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)


def parse_layers(text: str, name: str) -> dict[str, float]:
    """Layers with weights: "relu1_1:0.2,relu2_1" is {"relu1_1": 0.2, "relu2_1": 1.0}. Raises UsageError."""
    layers: dict[str, float] = {}
    for part in text.split(","):
        layer, _, weight = part.strip().partition(":")
        if not layer:
            raise UsageError(f"{name} is layers such as relu1_1:0.2,relu2_1, not '{text}'")
        if layer in layers:
            raise UsageError(f"{name} names {layer} twice")
        layers[layer] = _weight(weight, part, name) if weight or part.strip().endswith(":") else 1.0
    return layers


def split_weight(text: str, name: str) -> tuple[str, float]:
    """A name with an optional weight: "starry.jpg:0.7" is ("starry.jpg", 0.7).

    Only a number behind the last colon is a weight, so "C:\\art\\starry.jpg" and "example:cat" are names.
    """
    head, colon, tail = text.rpartition(":")
    if colon and head and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", tail):
        return head, _weight(tail, text, name)
    return text, 1.0


def _weight(text: str, whole: str, name: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight) or weight <= 0:
        raise UsageError(f"{name} takes weights above zero, not '{whole}'")
    return weight
