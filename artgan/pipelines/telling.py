"""How far work on many items is, told some ten times a second."""

from collections.abc import Mapping
from time import monotonic

from artgan.events import ItemsProgress, Listener

_SECONDS_BETWEEN = 0.1


class Telling:
    """Tells a listener of items as they are done."""

    def __init__(self, listener: Listener, activity: str, *, total: int, done: int = 0) -> None:
        """`done` were done before; they do not count for the rate."""
        self._listener, self._activity, self._total, self._before = listener, activity, total, done
        self._began, self._told = monotonic(), 0.0

    def tell(self, done: int, reasons: Mapping[str, int]) -> None:
        """So many are done now; always told of the last one."""
        now = monotonic()
        if now - self._told < _SECONDS_BETWEEN and done < self._total:
            return
        self._told = now
        rate = (done - self._before) / max(1e-6, now - self._began)
        self._listener(
            ItemsProgress(
                activity=self._activity,
                done=done,
                total=self._total,
                reasons=dict(reasons),
                per_second=rate,
                seconds_left=(self._total - done) / rate,
            )
        )
