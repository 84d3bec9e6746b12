"""The house rules that a machine can check: who may import whom, and what stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import REPOSITORY

PACKAGE = REPOSITORY / "artgan"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A part may import the parts below it in this list, and itself.
LAYERS = [
    {"cli"},
    {"pipelines"},
    {"training", "painting", "collect", "metrics"},
    {"models", "losses", "data"},
    {"io"},
    {"config", "errors", "runtime", "events", "assets"},
]
ONLY_IN = {
    "rich": ("cli/",),
    "typer": ("cli/",),
    "bs4": ("collect/",),
    "requests": ("collect/", "io/download.py"),
    "safetensors": ("io/checkpoints.py",),
}
HEAVY = {"torch", "torchvision", "PIL", "numpy", "requests", "bs4", "safetensors"}
COMMANDS = (
    "scrape unsplash",
    "prepare",
    "train dcgan",
    "train cyclegan",
    "train style",
    "sample",
    "transfer",
    "chain",
    "show",
)
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def part(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_down(path: Path) -> None:
    if part(path) in ("__init__", "__main__"):
        return
    level = next(index for index, layer in enumerate(LAYERS) if part(path) in layer)
    for module in imports(path):
        if module.startswith("artgan."):
            other = module.split(".")[1]
            other_level = next(index for index, layer in enumerate(LAYERS) if other in layer)
            assert other == part(path) or other_level > level or {other, part(path)} <= LAYERS[-1], (
                f"{name(path)} imports {module}"
            )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    for module in imports(path):
        rooms = ONLY_IN.get(module.split(".")[0])
        assert rooms is None or name(path).startswith(rooms), f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_names_explain_and_modules_are_short(path: Path) -> None:
    assert path.stem not in BANNED_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if part(path) in ("cli", "config", "errors", "events", "__init__")],
    ids=name,
)
def test_no_heavy_imports_where_help_pays_for_them(path: Path) -> None:
    assert not {module.split(".")[0] for module in imports(path, top_level_only=True)} & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["transfer", "--dump-config", "x"],
        *([*command.split(), "--help"] for command in COMMANDS),
    ],
    ids=" ".join,
)
def test_help_imports_no_torch(arguments: list[str]) -> None:
    code = (
        "import sys; from artgan.cli.app import main; code = main(sys.argv[1:]); "
        f"heavy = {HEAVY!r} & set(sys.modules); print(heavy, file=sys.stderr); sys.exit(code or bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_artgan_is_light() -> None:
    code = f"import sys, artgan; sys.exit(bool({HEAVY!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
