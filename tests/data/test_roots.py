"""Where inputs lead."""

from glob import glob
from pathlib import Path

import pytest

from artgan.data.roots import find_roots, label_roots


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("1.jpg", "a/2.jpg", "a/b/3.png", "a/b/notes.txt", "c/a/4.jpg", ".h/5.jpg", "c/.6.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("pattern", ["*.jpg", "**/*.jpg", "**", "**/a", "*/**/*.png", "a/**/b/*", "**/a/**/*.jpg"])
def test_patterns_match_what_glob_matches(tree: Path, pattern: str) -> None:
    matched = glob(str(tree / pattern), recursive=True)  # noqa: PTH207 (the very thing)
    ((root, names),) = find_roots([str(tree / pattern)]).items()
    assert {root / name for name in names} == {Path(match) for match in matched if not match.endswith(".txt")}


def test_links_upwards_end(tree: Path) -> None:
    for name in ("up", "a/up", "c/up"):
        (tree / name).symlink_to(tree)  # Python's glob would find more paths than there are atoms
    found = find_roots([str(tree / "**" / "*.jpg")])
    assert sorted(found[tree]) == ["1.jpg", "a/2.jpg", "c/a/4.jpg"]


def test_labels_are_short_and_never_one_for_two() -> None:
    def labels(*paths: str) -> list[str]:
        return list(label_roots([Path(path) for path in paths]).values())

    assert labels("/x/photos", "/x/scans") == ["photos", "scans"]
    assert labels("/x/photos", "/y/photos") == ["x/photos", "y/photos"]
    # "a/1.jpg" of the third would be what "a/1.jpg" of the first is, were both called "a".
    assert labels("/x/a/b", "/y/c/b", "/z/a") == ["a/b", "c/b", "z/a"]
    assert labels("/x/a/b", "/y/c/b", "/x/a") == ["a/b", "c/b", "a"], "one within the other is the same picture"
