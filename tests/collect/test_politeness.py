from threading import Event

import pytest

from artgan.collect.politeness import Clock, Host, Hosts, Robots, opted_out
from artgan.io.failures import FetchError, Reason, Stopped


class Still(Clock):
    """Time moves only by waiting."""

    def __init__(self) -> None:
        self.time = 1000.0

    def monotonic(self) -> float:
        return self.time

    def wait(self, seconds: float, stop: Event) -> None:
        if stop.is_set():
            raise Stopped
        self.time += seconds


def times(host: Host, clock: Still, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        host.take(Event())
        taken.append(round(clock.time - 1000, 6))
    return taken


def test_a_burst_and_then_the_rate() -> None:
    clock = Still()
    host = Host(clock, per_second=2, burst=3, connections=3)
    assert times(host, clock, 6) == [0, 0, 0, 0.5, 1.0, 1.5]
    clock.time += 100  # what was not used is not saved up beyond the burst
    assert [moment - 101.5 for moment in times(host, clock, 4)] == [0, 0, 0, 0.5]


def test_a_pause_holds_for_everyone_who_asks_the_host() -> None:
    clock = Still()
    host = Host(clock, per_second=1000, burst=1, connections=1)
    host.pause(30)
    host.pause(5)
    assert times(host, clock, 1) == [30]


def test_a_host_is_only_made_slower() -> None:
    clock = Still()
    host = Host(clock, per_second=2, burst=3, connections=3)
    host.slow_down(100)
    host.slow_down(1 / 86400)
    assert times(host, clock, 3) == [0, 60, 120]
    hosts = Hosts(clock, per_second=4, connections=2)
    hosts.limit("a", per_second=100, connections=9)
    hosts.limit("b", per_second=1, connections=1)
    assert [hosts.of(name).connections for name in "abc"] == [2, 1, 2]
    assert times(hosts.of("b"), clock, 2)[1] - 120 == 1


def test_waiting_can_be_stopped() -> None:
    stop = Event()
    host = Host(Clock(), per_second=0.01, burst=1, connections=1)
    host.take(stop)
    stop.set()
    with pytest.raises(Stopped):
        host.take(stop)


ROBOTS = (
    "User-agent: *\nDisallow: /private\nAllow: /private/open\nCrawl-delay: 4\n\nUser-agent: artgan\nDisallow: /*.gif$\n"
)


def test_robots_of_each_site_are_read_once() -> None:
    asked = []

    def fetch(url: str) -> tuple[int, str]:
        asked.append(url)
        return (200, ROBOTS) if "a.example" in url else (200, "User-agent: *\nDisallow: /private\nCrawl-delay: 4")

    robots = Robots(fetch)
    assert robots.allows("https://a.example/private/x")  # the group for artgan counts alone
    assert not robots.allows("https://a.example/x.gif")
    assert robots.allows("https://a.example/x.gif?y")
    assert not robots.allows("https://b.example/private")
    assert robots.per_second("https://b.example/x") == 0.25
    assert asked == ["https://a.example/robots.txt", "https://b.example/robots.txt"]


@pytest.mark.parametrize("status", [404, 403])
def test_robots_that_are_not_there(status: int) -> None:
    assert Robots(lambda url: (status, "User-agent: *\nDisallow: /")).allows("https://a.example/")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_robots_that_cannot_be_read_forbid_for_now(status: int) -> None:
    """A failure, which may be tried again: not the owner's wish, which is not asked about twice."""
    with pytest.raises(FetchError, match=f"robots.txt answers {status}") as caught:
        Robots(lambda url: (status, "")).allows("https://a.example/x")
    assert not caught.value.reason.is_choice
    assert caught.value.status == status


def test_a_site_that_cannot_be_reached_says_why() -> None:
    def fetch(url: str) -> tuple[int, str]:
        raise FetchError(Reason.DNS, "unknown", url=url)

    with pytest.raises(FetchError) as caught:
        Robots(fetch).allows("https://a.example/x")
    assert caught.value.reason is Reason.DNS


@pytest.mark.parametrize(
    ("headers", "out"),
    [
        ({}, False),
        ({"x-robots-tag": "noai"}, True),
        ({"x-robots-tag": "nofollow, NoImageAI"}, True),
        ({"x-robots-tag": "noindex"}, True),
        ({"x-robots-tag": "none"}, True),
        ({"x-robots-tag": "noimageindex"}, True),
        ({"x-robots-tag": "all, max-image-preview:none"}, False),
        ({"x-robots-tag": "nofollow"}, False),
        ({"x-robots-tag": "otherbot: noindex, noai"}, False),
        ({"x-robots-tag": "otherbot: noindex, artgan: noai"}, True),
        ({"x-robots-tag": "*: noai"}, True),
        ({"x-robots-tag": "unavailable_after: 25 Jun 2030 15:00:00 PST"}, False),
        ({"tdm-reservation": "1"}, True),
        ({"tdm-reservation": "0"}, False),
    ],
)
def test_opting_out(headers: dict[str, str], out: bool) -> None:
    assert opted_out(headers) is out
