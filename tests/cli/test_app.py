"""The root command: help, version, mistakes, and the generated reference."""

from collections.abc import Callable

import pytest

from artgan import __version__

from conftest import Run

Artgan = Callable[..., Run]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_goes_to_stdout(artgan: Artgan, arguments: list[str]) -> None:
    run = artgan(*arguments)
    assert run.code == 0
    assert "transfer" in run.out.decode()
    assert run.err == ""


def test_the_commands_are_listed(artgan: Artgan) -> None:
    text = artgan("--help").out.decode()
    for name in ("chain", "prepare", "sample", "scrape", "show", "train", "transfer"):
        assert f"│ {name} " in text


def test_version(artgan: Artgan) -> None:
    run = artgan("--version")
    assert (run.code, run.err) == (0, "")
    assert run.out.decode().startswith(f"artgan {__version__} ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tranfer"], "Did you mean 'transfer'"),
        (["--versoin"], "No such option: --versoin"),
        (["paint"], "No such command 'paint'"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(artgan: Artgan, arguments: list[str], message: str) -> None:
    run = artgan(*arguments)
    assert run.code == 2
    assert run.out == b""
    assert message in run.err
    assert run.err.count("\n") == 1


def test_debug_shows_the_traceback(artgan: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    from artgan.errors import UsageError

    monkeypatch.setenv("ARTGAN_DEBUG", "1")
    with pytest.raises(UsageError):
        artgan("transfer", "a.png")
