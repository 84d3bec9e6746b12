"""The documents say what is true today."""

import re
import runpy
import shlex
import tomllib

import pytest
import typer

from artgan.cli.app import app

from conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md"), *REPOSITORY.glob("examples/**/*.md")])


def test_the_command_reference_is_what_the_command_says() -> None:
    make_cli = runpy.run_path(str(REPOSITORY / "docs" / "make_cli.py"))
    assert (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8") == make_cli["page"](), (
        "run python docs/make_cli.py"
    )


def commands(text: str) -> list[str]:
    """Every `artgan ...` in the text's console blocks, a pipe taken apart."""
    blocks = re.findall(r"```(?:console|bash|sh)\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [part.strip() for line in lines for part in re.split(r"\||&&", line) if part.strip().startswith("artgan ")]


WITH_OPTIONS = {"transfer", "prepare", "sample", "chain"}
GROUPS = {"scrape", "train"}
"""Commands that have commands of their own."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_commands_in_documents_are_understood(path, artgan) -> None:  # type: ignore[no-untyped-def]
    """Options are parsed and checked, nothing is run: no picture is read and no network asked."""
    for command in commands(path.read_text(encoding="utf-8")):
        words = shlex.split(command.split(" > ")[0], comments=True)[1:]
        if words[0] == "show":
            typer.main.get_command(app).commands["show"].make_context("show", words[1:])  # type: ignore[attr-defined]
            continue
        if words[0] not in WITH_OPTIONS | GROUPS or "--help" in words:
            assert artgan(*words).code == 0, command
            continue
        run = artgan(*words, "--dump-config")
        assert run.code == 0, f"{command}: {run.err}"
        table = tomllib.loads(run.out.decode())
        for name in words[: 2 if words[0] in GROUPS else 1]:
            assert name in table, f"{command}: no table {name}"
            table = table[name]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(path) -> None:  # type: ignore[no-untyped-def]
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_pictures_are_small_and_the_repository_is_light() -> None:
    for path in REPOSITORY.rglob("*"):
        parts = path.relative_to(REPOSITORY).parts
        if not path.is_file() or any(part.startswith(".") or part in ("dist", "build", "runs") for part in parts):
            continue
        size = path.stat().st_size
        if path.suffix in (".jpg", ".jpeg", ".webp", ".png"):
            assert size < 300_000, path
            assert path.suffix != ".png", f"{path}: JPEG or WebP"
        assert size < 2_000_000 or "assets" in parts, path
