"""`CREDITS.md` and the rows of `manifest.jsonl`: where every picture is from, who made it, what may be done with it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from artgan.collect.state import Item
from artgan.io.failures import redact
from artgan.io.files import atomic_writer

CREDITS = "CREDITS.md"
"""The name of the file in its folder."""

_TRAINING = {
    "allowed": "their licence allows training",
    "restricted": "their source restricts training; ask before you train on them",
    "unknown": "nothing is known about training; look at the licences",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


def manifest_row(item: Item) -> dict[str, Any]:
    """What the manifest says of a candidate, whatever became of it. Every key is there, None when unknown."""
    candidate, kept = item.candidate, item.kept
    return {
        "id": candidate.key,
        "source": candidate.source,
        "source_id": candidate.source_id,
        "page_url": _safe(candidate.page_url),
        "image_url": _safe(candidate.image_url),
        "title": candidate.title,
        "author": candidate.author,
        "author_url": _safe(candidate.author_url),
        "license": candidate.license,
        "license_url": candidate.license_url,
        "attribution": candidate.attribution,
        "ai_training": candidate.ai_training,
        "query": candidate.query,
        "tags": list(candidate.tags),
        "width": kept.width if kept else candidate.width,
        "height": kept.height if kept else candidate.height,
        "bytes": kept.bytes if kept else None,
        "mime": kept.mime if kept else None,
        "sha256": kept.sha256 if kept else None,
        "fetched_at": kept.fetched_at if kept else None,
        "http_status": item.http_status,
        "status": item.status,
        "reason": item.reason,
        "file": kept.file if kept else None,
    }


def write_credits(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the credits of the rows that are "ok", whole or not at all; replaces the file."""
    kept = [row for row in rows if row["status"] == "ok"]
    lines = ["# Credits", "", f"{len(kept)} pictures, collected by artgan. Keep this file with them.", ""]
    for training, count in sorted(Counter(row["ai_training"] for row in kept).items()):
        lines.append(f"- {count}: {_TRAINING[training]}")
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in kept:
        groups.setdefault((row["source"], row["license"] or "licence unknown"), []).append(row)
    for (source, licence), members in sorted(groups.items(), key=lambda group: group[0]):
        links = {row["license_url"] for row in members}
        named = _link(licence, links.pop() if len(links) == 1 else None)
        lines += ["", f"## {_plain(source)}: {named} ({len(members)})", ""]
        lines += [f"- {_credit(row)}" for row in members]
    with atomic_writer(path, force=True) as stream:
        stream.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))


def _credit(row: Mapping[str, Any]) -> str:
    name = f"`{row['file']}`"
    if row["attribution"]:
        text = _link(row["attribution"], row["page_url"])
    else:
        text = _link(row["title"] or "untitled", row["page_url"] or row["image_url"])
        if row["author"]:
            text += f" by {_link(row['author'], row['author_url'])}"
    return f"{name}: {text}"


def _link(text: str, url: str | None) -> str:
    """A link where the address is one that a click may follow; else the text."""
    if not url or urlsplit(url).scheme not in ("http", "https"):
        return _plain(text)
    return f"[{_plain(text)}](<{quote(url, safe=':/?#[]@!$&*+,;=%~-._')}>)"


def _plain(text: str) -> str:
    """Text from the network as text: one line, nothing of it read as Markdown or HTML."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _SPECIAL.sub(r"\\\1", line)


def _safe(url: str | None) -> str | None:
    """Addresses are kept as they are, but for the key of an interface in one."""
    return redact(url) if url is not None and "client_id=" in url else url
