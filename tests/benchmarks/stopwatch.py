"""Where the time of a call goes, by functions that are watched from outside: nothing is added to what is measured."""

import functools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

REST = "everything else"


@dataclass
class Spent:
    """On one part."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    """Of all threads."""
    calls: int = 0


@dataclass
class Stopwatch:
    """Charges all time to one part at a time: a part that begins inside another is taken off it.

    A part that is closed keeps what is watched inside it to itself.
    """

    spent: dict[str, Spent] = field(default_factory=dict)
    _running: str = REST
    _closed: bool = False
    _since: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), time.process_time()))

    def watch(self, function: Callable[..., Any], part: str, *, closed: bool = False) -> Callable[..., Any]:
        """The function, with its time charged to a part."""

        @functools.wraps(function)
        def watched(*arguments: Any, **options: Any) -> Any:
            with self.charged(part, closed=closed):
                return function(*arguments, **options)

        return watched

    @contextmanager
    def charged(self, part: str, *, closed: bool = False) -> Iterator[None]:
        """Charge what is done within to a part."""
        if self._closed:
            yield
            return
        outer = self._running
        self._switch(part, closed)
        self.spent[part].calls += 1
        try:
            yield
        finally:
            self._switch(outer, False)

    def stop(self) -> None:
        """Charge what has passed since."""
        self._switch(self._running, self._closed)

    def _switch(self, part: str, closed: bool) -> None:
        now = time.perf_counter(), time.process_time()
        ending = self.spent.setdefault(self._running, Spent())
        ending.seconds += now[0] - self._since[0]
        ending.processor_seconds += now[1] - self._since[1]
        self.spent.setdefault(part, Spent())
        self._running, self._closed, self._since = part, closed, now


@contextmanager
def replaced(owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Put a wrapped function or method in the place of `owner.name`, and of its copies that artgan's modules imported.

    Raises AttributeError when there is none.
    """
    stored = vars(owner).get(name, getattr(owner, name))
    static = isinstance(stored, staticmethod)
    function = stored.__func__ if static else stored
    wrapped = wrap(function)
    with ExitStack() as stack:
        stack.enter_context(patch.object(owner, name, staticmethod(wrapped) if static else wrapped))
        for module in [module for key, module in sys.modules.items() if key.partition(".")[0] == "artgan"]:
            for own in [own for own, value in vars(module).items() if value is function]:
                stack.enter_context(patch.object(module, own, wrapped))
        yield
