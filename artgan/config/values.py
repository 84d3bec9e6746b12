"""Small notations shared by options: durations, layers with weights, names with weights. Standard library only."""

import math
import re

from artgan.errors import UsageError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


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
