"""A painting that was stopped goes on bit for bit as if it had not been, whatever the step and the optimiser."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from artgan.config.transfer import TransferConfig
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.models.encoder_weights import load_encoder
from artgan.painting.styles import Style
from artgan.painting.styling import Glimpse, Painting, StylePainter


def painter(weights: Path, **options: object) -> StylePainter:
    values: dict[str, object] = {"steps": 12, "scales": 2, "init": "noise", "precision": "float32"}
    config = TransferConfig(**(values | options))  # type: ignore[arg-type]
    style = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    encoder = load_encoder("auto", weights=weights)
    return StylePainter(config=config, encoder=encoder, styles=[Style(image=style)], size=48, seed=5)


CONTENT = torch.rand(1, 3, 30, 40, generator=torch.Generator().manual_seed(2))


def stop_after(steps: int) -> Callable[[], bool]:
    count = -1

    def asked() -> bool:
        nonlocal count
        count += 1
        return count >= steps

    return asked


def quiet(iterate: object, scales: int) -> None:
    pass


def whole(by: StylePainter) -> Painting:
    return by.paint(CONTENT, quiet, lambda: False)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("steps", [1, 6, 7, 11])
def test_resumed_is_uninterrupted(tiny_encoder: Path, tmp_path: Path, optimizer: str, steps: int) -> None:
    by = painter(tiny_encoder, optimizer=optimizer)
    first = by.paint(CONTENT, quiet, stop_after(steps))
    assert (first.steps, first.interrupted) == (steps, True)
    assert first.state is not None
    save_tensors(tmp_path / "state.safetensors", first.state, {})
    state, _ = load_tensors(tmp_path / "state.safetensors")
    second = painter(tiny_encoder, optimizer=optimizer).paint(CONTENT, quiet, lambda: False, state=state)
    expected = whole(by)
    assert torch.equal(second.image, expected.image)
    assert (second.steps, second.scales, second.state) == (12, expected.scales, None)
    assert second.style_loss == expected.style_loss


def test_a_flat_loss_before_the_interruption_still_ends_its_scale(tiny_encoder: Path) -> None:
    options = {"tolerance": 0.9, "steps": 200}
    expected = whole(painter(tiny_encoder, **options))
    assert expected.scales[0][2] < 110, "the first scale ends before its share of the steps"
    first = painter(tiny_encoder, **options).paint(CONTENT, quiet, stop_after(expected.scales[0][2]))
    second = painter(tiny_encoder, **options).paint(CONTENT, quiet, lambda: False, state=first.state)
    assert second.scales == expected.scales
    assert torch.equal(second.image, expected.image)


def test_a_glimpse_is_the_painting_that_would_end_there(tiny_encoder: Path) -> None:
    seen: dict[int, Painting] = {}

    def watch(glimpse: Glimpse) -> None:
        if glimpse.iterate.step in (4, 9):
            seen[glimpse.iterate.step] = glimpse.painting()

    by = painter(tiny_encoder)
    watched = by.paint(CONTENT, quiet, lambda: False, watch=watch)
    assert torch.equal(watched.image, whole(by).image), "being watched changes nothing"
    for steps, painting in seen.items():
        stopped = by.paint(CONTENT, quiet, stop_after(steps))
        assert torch.equal(painting.image, stopped.image)
        assert painting.scales == stopped.scales


def test_states_of_other_paintings_are_refused(tiny_encoder: Path) -> None:
    state = painter(tiny_encoder).paint(CONTENT, quiet, stop_after(3)).state
    with pytest.raises(KeyError):
        painter(tiny_encoder, optimizer="lbfgs").paint(
            CONTENT, quiet, lambda: False, state={k: v for k, v in (state or {}).items() if k != "average"}
        )
    with pytest.raises(ValueError, match="2 scales and not 1"):
        painter(tiny_encoder, scales=1).paint(CONTENT, quiet, lambda: False, state=state)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_painting_in_tiles_goes_on_in_the_same_ones(
    tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str
) -> None:
    monkeypatch.setattr("artgan.painting.forecast._PROCESS", 0.0)
    layers = {"content_layers": "relu2_2", "style_layers": "relu1_1,relu2_1", "optimizer": optimizer}
    limit = "0.4M" if optimizer == "adam" else "0.7M"
    expected = whole(painter(tiny_encoder, **layers, max_memory=limit))
    assert expected.pixels_at_once is not None
    first = painter(tiny_encoder, **layers, max_memory=limit).paint(CONTENT, quiet, stop_after(8))
    # Where there is more memory, it is still the same picture.
    second = painter(tiny_encoder, **layers).paint(CONTENT, quiet, lambda: False, state=first.state)
    assert torch.equal(second.image, expected.image)
