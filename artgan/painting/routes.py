"""Domains and the models that lead from one to another: which directions there are, and the way along them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from artgan.errors import UsageError, WeightsError, did_you_mean
from artgan.models.cyclegan import direction, pairs
from artgan.models.registry import ModelSpec

ARROW = "->"


def directions(spec: ModelSpec) -> list[tuple[str, str]]:
    """The (source, target) domains of a model's generators in order; empty for a model without domains.

    Raises:
        WeightsError: its description is damaged.
    """
    if not spec.domains:
        return []
    hub = spec.options.get("hub")
    try:
        found = pairs(spec.domains, None if hub is None else str(hub))
    except UsageError as error:
        raise WeightsError(f"the description of the model is damaged: {error}") from error
    return [way for pair in found for way in (pair, pair[::-1])]


def choose(
    ways: Sequence[tuple[str, str]], to: str | None, *, model: str, source: str | None = None, typed: str = "--to "
) -> str:
    """The name of the generator that leads `to` a domain, or along "source->target".

    `source`, where it is known what the picture is, decides between several; without `to` it must leave one. `typed` is
    what a user puts before a domain, for errors.

    Raises:
        UsageError: there is no such direction, or more than one.
    """
    if not ways:
        raise UsageError(f"'{model}' translates no pictures: it is no CycleGAN")
    targets = list(dict.fromkeys(target for _, target in ways))
    if to is not None and ARROW in to:
        names = [direction(*way) for way in ways]
        if to not in names:
            raise UsageError(f"'{model}' has no direction {to}, only {' and '.join(names)}.{did_you_mean(to, names)}")
        return to
    if to is not None and to not in targets:
        raise UsageError(
            f"'{model}' does not lead to '{to}', only to {' and '.join(targets)}.{did_you_mean(to, targets)}"
        )
    fitting = [way for way in ways if to in (None, way[1])]
    if len(fitting) > 1 and (known := [way for way in fitting if way[0] == source]):
        fitting = known
    if len(fitting) > 1:
        if to is None:
            raise UsageError(f"'{model}' leads to {' and to '.join(targets)}: name one, as in {typed}{targets[0]}")
        names = [direction(*way) for way in fitting]
        raise UsageError(f"'{model}' leads to {to} by {' and by '.join(names)}: name one, as in {typed}'{names[0]}'")
    return direction(*fitting[0])


@dataclass(frozen=True)
class Road:
    """A generator as a way between domains; `model` is what errors call the file it is in, and tells it from others."""

    source: str
    target: str
    model: str


class Graph:
    """Domains, and the roads between them."""

    def __init__(self, roads: Iterable[Road]) -> None:
        self.roads = tuple(roads)
        self.domains = tuple(dict.fromkeys(name for road in self.roads for name in (road.source, road.target)))

    def route(self, stops: Sequence[str]) -> list[Road]:
        """The shortest way along these domains, in order, through others where there is no road from one to the next.

        Raises:
            UsageError: fewer than two stops, an unknown one, no way between two, or more than one of the same length.
        """
        if len(stops) < 2:
            raise UsageError(f"--path names two domains or more, such as monet,photo, not '{','.join(stops)}'")
        for stop in stops:
            if stop not in self.domains:
                raise UsageError(
                    f"no model knows the domain '{stop}', only {', '.join(self.domains)}."
                    f"{did_you_mean(stop, self.domains)}"
                )
        return [road for start, end in pairwise(stops) for road in self._between(start, end)]

    def _between(self, start: str, end: str) -> list[Road]:
        if start == end:
            raise UsageError(f"--path names {start} twice in a row")
        routes = self._shortest(start, end)
        if not routes:
            raise UsageError(f"no model leads from {start} to {end}, nor several one after the other")
        by_domains = {tuple(road.target for road in route) for route in routes}
        if len(by_domains) > 1:
            ways = " and ".join(",".join((start, *domains)) for domains in sorted(by_domains))
            raise UsageError(f"several ways from {start} to {end}: {ways}; name the stops between in --path")
        for position, road in enumerate(routes[0]):
            models = sorted({route[position].model for route in routes})
            if len(models) > 1:
                raise UsageError(
                    f"several models lead from {road.source} to {road.target}: {' and '.join(models)}; choose by "
                    f"--step {models[0]}:{road.target}, or give --models a folder with one of them"
                )
        return routes[0]

    def _shortest(self, start: str, end: str) -> list[list[Road]]:
        """All ways of the smallest number of roads."""
        ways: list[list[Road]] = [[]]
        seen = {start}
        while ways:
            further = list(self._extended(ways, start, seen))
            if arrived := [way for way in further if way[-1].target == end]:
                return arrived
            seen |= {way[-1].target for way in further}
            ways = further
        return []

    def _extended(self, ways: Iterable[list[Road]], start: str, seen: set[str]) -> Iterator[list[Road]]:
        for way in ways:
            here = way[-1].target if way else start
            yield from ([*way, road] for road in self.roads if road.source == here and road.target not in seen)
