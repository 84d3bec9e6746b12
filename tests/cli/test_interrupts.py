"""Ctrl-C, once and twice, before and after there is something to save."""

import os
import signal

import pytest

from artgan.cli.interrupts import graceful_interrupts
from artgan.errors import ExitCode
from artgan.io.failures import Stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_with_nothing_to_save_the_work_ends_at_once(number: signal.Signals) -> None:
    def work() -> None:
        with graceful_interrupts(lambda: False, pytest.fail):
            os.kill(os.getpid(), number)
            pytest.fail("went on")

    before = signal.getsignal(number)
    with pytest.raises(Stopped, match="interrupted") as caught:
        work()
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    assert signal.getsignal(number) is before


def test_the_first_asks_and_the_second_ends() -> None:
    told: list[str] = []

    def work() -> None:
        with graceful_interrupts(lambda: True, lambda: told.append("stopping")) as asked:
            assert not asked()
            os.kill(os.getpid(), signal.SIGINT)
            assert asked()
            assert told == ["stopping"]
            os.kill(os.getpid(), signal.SIGINT)
            pytest.fail("went on")

    with pytest.raises(Stopped):
        work()
    assert told == ["stopping"]
