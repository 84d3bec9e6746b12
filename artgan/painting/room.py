"""How much of a picture goes through the encoder at once: what memory allows, and less once it has run out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from artgan.errors import DeviceError
from artgan.painting.forecast import Demand, Fit
from artgan.runtime import free_memory, give_back_freed_memory, is_out_of_memory, keep_freed_memory

_Result = TypeVar("_Result")

_SHARE_OF_FREE = 0.9
_ROOMY = 1.3
"""So many times what is needed there has to be for freed memory to be kept: measured, it takes up to a sixth more."""
_STATE = "room.pixels"
_RETRIES = 4
"""Tiles half as large on each side: the last are a sixteenth."""


@dataclass(kw_only=True)
class Room:
    """Pixels of a picture that the encoder may see at once. It only ever gets smaller, until it is made anew.

    Attributes:
        keep_content: whether the features of a content that is cut into tiles are kept or computed again each step.
        tell: hears a line when memory has run out.
        cut: whether there was a picture that did not fit as a whole.
    """

    pixels: float = math.inf
    keep_content: bool = True
    tell: Callable[[str], None] = lambda text: None
    cut: bool = False
    _retries: int = 0

    def renew(self, needed: Demand, limit: float | None, device: torch.device, *, most: float = math.inf) -> float:
        """For another picture: what goes through the encoder within `limit` bytes, and no more than `most` pixels.

        The bytes that it will take, about.

        Raises:
            DeviceError: there is no way to do it within the limit.
        """
        on_cpu = device.type == "cpu"
        # Whoever sets a limit wants no more than it, and what the picture before has left is a part of it.
        roomy = limit is None and needed.pixels <= most and _ROOMY * needed.whole <= _free(needed, device)
        if on_cpu and not roomy:
            give_back_freed_memory()  # that of the picture before is free, too
        allowed = _free(needed, device) if limit is None else limit
        fit = _fit(needed, allowed, refuse=limit is not None)
        self.pixels, self.keep_content = min(fit.pixels, most), fit.keep_content
        self.cut, self._retries = False, 0
        if self.pixels < needed.pixels:
            side = math.isqrt(int(self.pixels))
            self.tell(f"{needed.width}x{needed.height} px go through the encoder in tiles of about {side}x{side} px")
        elif on_cpu and _ROOMY * needed.whole <= allowed:
            keep_freed_memory()
        return needed.of(fit)

    def state(self) -> dict[str, Tensor]:
        """What a painting that goes on has to cut alike, to be the same to the bit."""
        return {_STATE: torch.tensor(self.pixels, dtype=torch.float64)}

    def take_up(self, state: Mapping[str, Tensor]) -> None:
        """No more at once than where `state` was taken."""
        self.pixels = min(self.pixels, float(state.get(_STATE, math.inf)))

    def attempt(self, work: Callable[[], _Result], height: int, width: int, smallest: int) -> _Result:
        """What `work` makes of a picture of this size; when memory runs out it is begun again with smaller tiles.

        Tiles of less than `smallest` pixels are not made.

        Raises:
            DeviceError: it has run out as often as it is tried, or with the smallest tiles.
        """
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            # Only here are the tensors free that the error's frames held.
            at_once = min(self.pixels, height * width)
            if self._retries == _RETRIES or at_once / 4 < smallest:
                tiles = "" if at_once == height * width else f", even in tiles of {math.isqrt(int(at_once))} px"
                raise DeviceError(f"out of memory at {width}x{height} px{tiles}: lower --size, or --device cpu")
            self._retries += 1
            self.pixels, self.cut = at_once // 4, True
            give_back_freed_memory()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            side = math.isqrt(int(self.pixels))
            self.tell(f"out of memory at {width}x{height} px: going on in tiles of about {side}x{side} px")


def _free(needed: Demand, device: torch.device) -> float:
    """Bytes that a painting may take where nobody says: all that there are, if the device does not tell."""
    free = free_memory(device)
    # The process is there already, and what it takes is not among what is free.
    return math.inf if free is None else _SHARE_OF_FREE * free + needed.process


def _fit(needed: Demand, allowed: float, *, refuse: bool) -> Fit:
    """Within so many bytes; what takes more in the smallest tiles is refused, or tried all the same."""
    fit = needed.within(allowed)
    if fit is None and refuse:
        least = math.ceil(needed.least / 2**30 * 10) / 10
        raise DeviceError(
            f"--max-memory is too little for this size, which takes {least:.1f}G whatever the tiles: lower --size or "
            f"raise --max-memory{needed.hint}"
        )
    return fit or Fit(pixels=needed.smallest, keep_content=False)
