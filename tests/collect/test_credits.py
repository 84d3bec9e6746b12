from pathlib import Path
from typing import Any

from artgan.collect.candidates import Candidate
from artgan.collect.credits import manifest_row, write_credits
from artgan.collect.state import Item, Kept

KEYS = [
    *("id", "source", "source_id", "page_url", "image_url", "title", "author", "author_url", "license", "license_url"),
    *("attribution", "ai_training", "query", "tags", "width", "height", "bytes", "mime", "sha256", "fetched_at"),
    *("http_status", "status", "reason", "file"),
]


def row(number: int, *, status: Any = "ok", **more: Any) -> dict[str, Any]:
    kept = Kept(
        file=f"images/ab/list-{number}.jpg",
        sha256="ab",
        bytes=5,
        mime="image/jpeg",
        width=3,
        height=4,
        hashes=None,
        http_status=200,
        fetched_at="2026-01-01T00:00:00+00:00",
    )
    more = {"image_url": "https://a.example/x.jpg", **more}
    candidate = Candidate(source="list", source_id=str(number), **more)
    reason = None if status == "ok" else "timeout"
    return manifest_row(
        Item(
            candidate=candidate,
            status=status,
            reason=reason,
            tries=1,
            http_status=200,
            kept=kept if status == "ok" else None,
        )
    )


def test_rows_have_every_key() -> None:
    assert list(row(1)) == KEYS
    failed = row(2, status="failed", width=7)
    assert list(failed) == KEYS
    assert (failed["file"], failed["sha256"], failed["width"], failed["reason"]) == (None, None, 7, "timeout")


def test_keys_of_interfaces_stay_out() -> None:
    assert "hush" not in str(row(1, image_url="https://a.example/x?client_id=hush&w=5"))
    assert row(1, image_url="https://a.example/x?key=5")["image_url"].endswith("key=5")


def test_credits_by_licence(tmp_path: Path) -> None:
    rows = [
        row(1, title="Water Lilies", author="Claude Monet", license="CC0", license_url="https://cc.example/0"),
        row(2, title="Haystacks", page_url="https://a.example/p", license="CC0", license_url="https://cc.example/0"),
        row(3, attribution="Photo by A on B", ai_training="restricted", author_url="https://a.example/a"),
        row(4, status="failed", title="Never came"),
    ]
    write_credits(tmp_path / "CREDITS.md", rows)
    write_credits(tmp_path / "CREDITS.md", rows)
    text = (tmp_path / "CREDITS.md").read_text(encoding="utf-8")
    assert "3 pictures" in text
    assert "1: their source restricts training" in text
    assert "## list: [CC0](<https://cc.example/0>) (2)" in text
    assert "- `images/ab/list-1.jpg`: [Water Lilies](<https://a.example/x.jpg>) by Claude Monet\n" in text
    assert "[Haystacks](<https://a.example/p>)" in text
    assert "## list: licence unknown (1)" in text
    assert "Photo by A on B" in text
    assert "Never came" not in text


def test_text_of_strangers_is_text(tmp_path: Path) -> None:
    evil = [
        row(1, title="x](javascript:alert(1)) <script>alert(1)</script>\n# Heading", author="**a**"),
        row(2, title="b", page_url="javascript:alert(1)", author_url="https://a.example/>)<b>\n"),
        row(3, title="c", author="\ud800"),
    ]
    write_credits(tmp_path / "CREDITS.md", evil)
    text = (tmp_path / "CREDITS.md").read_text(encoding="utf-8")
    assert "](javascript:" not in text
    assert "(<javascript:" not in text
    assert "<script>" not in text
    assert "\n# Heading" not in text
    assert "**a**" not in text
    assert len(text.split("\n")) == 12
