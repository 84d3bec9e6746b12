"""The painter keeps what it can: statistics once for all contents, styles at the size that was asked for."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from artgan.config.transfer import TransferConfig
from artgan.models.encoder_weights import load_encoder
from artgan.painting.objective import Objective
from artgan.painting.styles import Style
from artgan.painting.styling import StylePainter


def painter(weights: Path, style: torch.Tensor, size: int = 64, **options: object) -> StylePainter:
    config = TransferConfig(steps=4, scales=2, **options)  # type: ignore[arg-type]
    return StylePainter(
        config=config, encoder=load_encoder("auto", weights=weights), styles=[Style(image=style)], size=size, seed=0
    )


def seen_sizes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The sizes of the styles that the encoder looks at, from now on."""
    sizes: list[tuple[int, ...]] = []
    original = Objective.style_targets

    def spy(self: Objective, styles: list[torch.Tensor], *others: object) -> dict[str, torch.Tensor]:
        sizes.extend(tuple(style.shape[-2:]) for style in styles)
        return original(self, styles, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(Objective, "style_targets", spy)
    return sizes


def paint(by: StylePainter, content: torch.Tensor) -> torch.Tensor:
    return by.paint(content, lambda iterate, scales: None, lambda: False).image


def test_a_style_is_looked_at_once_a_scale_for_all_contents(
    tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = seen_sizes(monkeypatch)
    by = painter(tiny_encoder, torch.rand(1, 3, 100, 200))
    for shape in ((48, 64), (64, 48), (90, 90)):
        paint(by, torch.rand(1, 3, *shape))
    assert sizes == [(22, 45), (32, 64)]


@pytest.mark.parametrize(
    ("scale", "expected"),
    [(0.5, [(16, 22), (16, 32)]), (2.0, [(45, 90), (64, 128)]), (10.0, [(100, 200), (100, 200)])],
)
def test_style_scale_and_no_enlarging(
    tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch, scale: float, expected: list[tuple[int, int]]
) -> None:
    sizes = seen_sizes(monkeypatch)
    paint(painter(tiny_encoder, torch.rand(1, 3, 100, 200), style_scale=scale), torch.rand(1, 3, 64, 64))
    assert sizes == expected


def test_a_style_may_have_a_scale_of_its_own(tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = seen_sizes(monkeypatch)
    by = painter(tiny_encoder, torch.rand(1, 3, 100, 200), style_scale=0.5)
    by = replace(by, styles=[replace(by.styles[0], scale=4.0), by.styles[0]])
    paint(by, torch.rand(1, 3, 64, 64))
    assert sizes == [(45, 90), (16, 22), (64, 128), (16, 32)]


def test_small_contents_are_enlarged_and_thin_ones_padded(tiny_encoder: Path) -> None:
    by = painter(tiny_encoder, torch.rand(1, 3, 50, 50))
    assert paint(by, torch.rand(1, 3, 8, 8)).shape == (1, 3, 64, 64)
    assert paint(by, torch.rand(1, 3, 2, 64)).shape == (1, 3, 2, 64)


def test_stopping_before_the_first_step_paints_nothing(tiny_encoder: Path) -> None:
    by = painter(tiny_encoder, torch.rand(1, 3, 50, 50))
    painting = by.paint(torch.rand(1, 3, 32, 32), lambda iterate, scales: None, lambda: True)
    assert painting.steps == 0
    assert painting.interrupted
