"""Whether one `--strength` is one look at every size: scores of paintings that differ in both."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from artgan.config.transfer import TransferConfig
from artgan.io.receipts import read_receipt
from artgan.pipelines.transfer import transfer

from page import table
from workload import CONTENT, STYLE


@dataclass(frozen=True, kw_only=True)
class StrengthPlan:
    """Which paintings are compared."""

    sizes: tuple[int, ...]
    strengths: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class StrengthRow:
    strength: Annotated[int, "strength"]
    size: Annotated[int, "size, px"]
    fidelity: Annotated[float | None, "content fidelity, %"]
    similarity: Annotated[float | None, "style similarity, %"]
    ssim: Annotated[float | None, "SSIM, %"]


def measure_strengths(weights: Mapping[str, Path | None], plan: StrengthPlan, seed: int) -> list[StrengthRow]:
    """Paint the shipped pair at every size and strength, by VGG19 where its weights are given."""
    name = next(iter(weights))
    file = weights[name]
    rows = []
    for strength in plan.strengths:
        for size in plan.sizes:
            options: dict[str, Any] = {"strength": strength, "size": size, "steps": plan.steps, "seed": seed}
            config = TransferConfig(
                style=(STYLE,),
                encoder=name,
                encoder_weights=None if file is None else str(file),
                device="cpu",
                **options,
            )
            rows.append(_row(config, strength, size))
    return rows


def measure_strengths_in_one_pass(
    painter: str, sizes: Sequence[int], strengths: Sequence[int], seed: int
) -> list[StrengthRow]:
    """The same of a painter, as the encoder that it sees through sees its paintings."""
    rows = []
    for strength in strengths:
        for size in sizes:
            config = TransferConfig(
                style=(STYLE,), method="fast", painter=painter, strength=strength, size=size, seed=seed, device="cpu"
            )
            rows.append(_row(config, strength, size))
    return rows


def _row(config: TransferConfig, strength: int, size: int) -> StrengthRow:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "painted.png"
        transfer(config, [CONTENT], out=str(out))
        receipt = read_receipt(out)
    assert receipt is not None  # it has just been written
    scores = receipt["scores"]
    percents = (scores[score]["percent"] for score in ("content_fidelity", "style_similarity", "ssim"))
    return StrengthRow(strength, size, *percents)


def strengths_section(rows: list[StrengthRow], plan: StrengthPlan) -> str:
    """The section of the page."""
    return f"""\
## One strength at every size

Scores of paintings of up to {plan.steps} steps, each between what the content and what the style itself gets. Large
paintings are reduced to 512 px before they are judged.

{table(rows)}"""
