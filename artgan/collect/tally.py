"""What a run has done so far, and how it says so."""

import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path

from artgan.events import ItemsProgress, Listener, Summary

_REPORT_SECONDS = 0.5
_RECENT = 200


class Tally:
    """Counts of a run. `kept` begins with what earlier runs left in the folder."""

    def __init__(self, listener: Listener, wanted: int | None) -> None:
        self._listener, self._wanted = listener, wanted
        self.kept = self.new = self.bytes = 0
        self.reasons: Counter[str] = Counter()
        self._times: deque[float] = deque(maxlen=_RECENT)
        self._began = time.monotonic()
        self._told = 0.0

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    def picture(self, size: int) -> None:
        """One more is here."""
        self.kept, self.new, self.bytes = self.kept + 1, self.new + 1, self.bytes + size
        self._times.append(time.monotonic())

    def tell(self, *, last: bool = False) -> None:
        """Where the run stands, about twice a second; the rate is that of the last pictures."""
        now = time.monotonic()
        if not last and now - self._told < _REPORT_SECONDS:
            return
        self._told = now
        since = self._times[0] if len(self._times) == _RECENT else self._began
        rate = len(self._times) / max(now - since, 1e-3)
        left = None if self._wanted is None or not rate else max(0, self._wanted - self.kept) / rate
        self._listener(
            ItemsProgress(
                activity="fetching",
                done=self.kept,
                total=self._wanted,
                reasons=dict(self.reasons),
                per_second=rate,
                seconds_left=left,
            )
        )

    def table(self, folder: Path, skipped: Mapping[str, int], failed: Mapping[str, int], requests: int) -> None:
        """The table at the end; skipped and failed are those of the folder."""
        rows = [("pictures", str(self.kept)), ("of this run", str(self.new))]
        rows += [(f"skipped: {reason}", str(count)) for reason, count in skipped.items()]
        rows += [(f"failed: {reason}", str(count)) for reason, count in failed.items()]
        rows += [
            ("requests", str(requests)),
            ("megabytes", f"{self.bytes / 1e6:.1f}"),
            ("seconds", f"{self.seconds:.0f}"),
        ]
        self._listener(Summary(title=str(folder), columns=("", "count"), rows=tuple(rows)))
