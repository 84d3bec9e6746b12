"""Imports that stay are not looked through by the collector of cycles."""

import ast
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from artgan.cli.imports import lasting_imports

from conftest import REPOSITORY

COMMANDS = sorted((REPOSITORY / "artgan" / "cli").glob("*.py"))


def fresh(code: str) -> str:
    """What a new process prints, in which nothing of torch is imported."""
    lines = f"import gc, sys\nfrom artgan.cli.imports import lasting_imports\n{code}"
    return subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stdout


def test_what_is_imported_is_left_alone_and_the_rest_is_not() -> None:
    code = """
with lasting_imports():
    print(gc.isenabled())
    kept = [[] for _ in range(100_000)]
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
later = [[] for _ in range(10)]
print(sum(one is later for one in gc.get_objects()), sum(one is kept for one in gc.get_objects()))
"""
    assert fresh(code).split() == ["False", "True", "True", "1", "0"]


def test_an_import_that_fails_leaves_the_collector_on() -> None:
    code = """
try:
    with lasting_imports():
        import no_such_module
except ImportError:
    print(gc.isenabled())
"""
    assert fresh(code).split() == ["True"]


@pytest.mark.parametrize("before", ["sys.modules['torch'] = sys", "gc.disable()"])
def test_where_torch_is_there_or_the_collector_is_off_nothing_changes(before: str) -> None:
    code = f"""
{before}
as_before = gc.isenabled()
with lasting_imports():
    print(gc.isenabled() == as_before)
print(gc.isenabled() == as_before, gc.get_freeze_count())
"""
    assert fresh(code).split() == ["True", "True", "0"]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_commands_import_their_pipelines_so(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and any(ast.unparse(item.context_expr) == "lasting_imports()" for item in block.items)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("artgan.pipelines"):
            assert id(node) in inside, ast.unparse(node)


def test_in_this_process_it_froze_nothing() -> None:
    import torch  # noqa: F401  # so that it is there

    frozen = gc.get_freeze_count()
    with lasting_imports():
        pass
    assert gc.get_freeze_count() == frozen
