"""What the receipt of a sheet says: what its paintings have in common once, and of each what it has for itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from artgan.pipelines.recall import Record

Receipts = Sequence[Sequence[Mapping[str, Any] | None]]
"""Of the paintings of a sheet, by rows; None where there is none."""

_OPTIONS = "options"
_NOT_TOLD = frozenset({"steps", "scores"})
"""Of each painting: results, which `--json` tells."""


def fold(receipts: Receipts) -> dict[str, Any]:
    """The receipts of a sheet's paintings as parts of the sheet's own; `unfold` takes them apart again."""
    rows = [[None if one is None else _without(one, _NOT_TOLD) for one in row] for row in receipts]
    painted = [one for row in rows for one in row if one is not None]
    common = _common(painted)
    options = _common([one[_OPTIONS] for one in painted])

    def own(receipt: Mapping[str, Any]) -> dict[str, Any]:
        left = _without(receipt[_OPTIONS], options)
        return _without(receipt, {*common, _OPTIONS}) | ({_OPTIONS: left} if left else {})

    cells = [[None if one is None else own(one) for one in row] for row in rows]
    return {**common, _OPTIONS: options, "cells": cells}


def unfold(receipt: Record) -> list[list[dict[str, Any] | None]]:
    """The receipts of a sheet's paintings, by rows. Raises KeyError, TypeError or AttributeError for a damaged one."""
    common = _without(receipt, {"kind", "rows", "columns", "contents", "cells", _OPTIONS})
    options = receipt[_OPTIONS]

    def whole(own: Mapping[str, Any]) -> dict[str, Any]:
        return {**common, **own, _OPTIONS: {**options, **own.get(_OPTIONS, {})}}

    return [[None if own is None else whole(own) for own in row] for row in receipt["cells"]]


def _common(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all of them say alike."""
    first, *others = records
    return {k: v for k, v in first.items() if all(k in other and other[k] == v for other in others)}


def _without(record: Mapping[str, Any], keys: Any) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}
