"""Candidates that wait for a free connection to their host; the hosts take turns."""

from collections import deque
from collections.abc import Callable

from artgan.collect.candidates import Candidate
from artgan.collect.session import host_of


class Backlog:
    """A queue a host, so that finding the next candidate does not mean to look through all that wait."""

    def __init__(self) -> None:
        self._hosts: dict[str, deque[Candidate]] = {}

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._hosts)

    def add(self, candidate: Candidate) -> None:
        """Put a candidate behind the others of its host."""
        self._hosts.setdefault(host_of(candidate.image_url), deque()).append(candidate)

    def take(self, is_free: Callable[[str], bool]) -> Candidate | None:
        """The next candidate whose host is free, None when there is none; its host then stands behind the others."""
        host = next(filter(is_free, self._hosts), None)
        if host is None:
            return None
        waiting = self._hosts.pop(host)
        candidate = waiting.popleft()
        if waiting:
            self._hosts[host] = waiting
        return candidate
