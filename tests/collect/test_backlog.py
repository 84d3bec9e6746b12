import time

from artgan.collect.backlog import Backlog
from artgan.collect.candidates import Candidate


def candidate(host: str, number: int) -> Candidate:
    return Candidate(source="list", source_id=f"{host}{number}", image_url=f"https://{host}.example/{number}")


def test_hosts_take_turns_and_each_keeps_its_order() -> None:
    backlog = Backlog()
    assert not backlog
    for name in ("a0", "a1", "a2", "b0", "c0"):
        backlog.add(candidate(name[0], int(name[1])))
    free = {"a.example", "b.example"}
    taken = [backlog.take(free.__contains__) for _ in range(5)]
    assert [one and one.source_id for one in taken] == ["a0", "b0", "a1", "a2", None]
    assert backlog
    last = backlog.take(lambda host: True)
    assert last is not None
    assert last.source_id == "c0"
    assert not backlog
    assert backlog.take(lambda host: True) is None


def test_thousands_that_wait_for_one_host_cost_nothing() -> None:
    backlog = Backlog()
    for number in range(20_000):
        backlog.add(candidate("a", number))
    started = time.process_time()
    for _ in range(20_000):
        assert backlog.take(lambda host: False) is None
    assert time.process_time() - started < 1.0
