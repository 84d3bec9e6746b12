"""L-BFGS reaches the minimum of a quadratic, the quicker for its guess of the curvature, and can be taken up again."""

import pytest
import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.io.images import read_picture
from artgan.io.shipped import find_content, find_style
from artgan.models.encoder_weights import load_encoder
from artgan.painting.lbfgs import HISTORY, Lbfgs, remembered
from artgan.painting.styles import Style
from artgan.painting.styling import StylePainter
from artgan.painting.tensors import to_tensor


def wavy(side: int = 24) -> Tensor:
    """Curvatures along the waves of a picture about as an encoder sees them: 0.02 for coarse ones, 1.7 for fine."""
    down, right = torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None]
    return 0.02 + 2.4 * (down.square() + right.square()).sqrt()


def slope(picture: Tensor, curvature: Tensor, scale: float) -> Tensor:
    """The gradient of half the squared distance from gray, each wave weighed by its curvature."""
    bent = torch.fft.rfft2(picture - 0.5) * curvature * scale
    gradient: Tensor = torch.fft.irfft2(bent, s=picture.shape[-2:])
    return gradient


def distance_after(steps: int, curvature: Tensor, scale: float = 1.0) -> float:
    side = curvature.shape[0]
    picture = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    lbfgs = Lbfgs(picture, 1.0)
    for _ in range(steps):
        lbfgs.step(picture, slope(picture, curvature, scale))
    return float((picture - 0.5).square().mean().sqrt())


@pytest.mark.parametrize("scale", [1e-6, 1.0])
def test_a_quadratic_is_solved_whatever_its_scale(scale: float) -> None:
    assert distance_after(12, wavy(), scale) < 1e-3


def test_the_guess_fits_what_an_encoder_sees() -> None:
    upside_down = 1 / wavy()
    assert distance_after(5, wavy()) < 0.3 * distance_after(5, upside_down)


def test_calm_places_are_corrected_as_soon_as_rich_ones() -> None:
    """Where an encoder sees little, gradients are small and change little; what changes more is told by the changes."""
    weight = torch.where(torch.arange(48) < 24, 0.2, 1.0)[None, None, None]

    def distance(steps: int, *, watched: bool) -> float:
        picture = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(0))
        lbfgs = Lbfgs(picture, 1.0)
        for _ in range(steps):
            lbfgs.step(picture, weight * slope(weight * (picture - 0.5) + 0.5, wavy(48), 1.0))
            if not watched:
                lbfgs._bends = [torch.ones_like(bend) for bend in lbfgs._bends]
        return float((picture - 0.5)[..., :24].square().mean().sqrt())

    assert distance(10, watched=True) < 0.7 * distance(10, watched=False)


def test_the_first_step_is_small() -> None:
    picture = torch.full((1, 3, 8, 8), 0.5)
    before = picture.clone()
    Lbfgs(picture, 1.0).step(picture, torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)))
    assert (picture - before).square().mean().sqrt().item() == pytest.approx(0.008)


def test_a_gradient_of_zero_leaves_the_picture() -> None:
    picture = torch.full((1, 3, 8, 8), 0.5)
    lbfgs = Lbfgs(picture, 1.0)
    for _ in range(3):
        lbfgs.step(picture, torch.zeros_like(picture))
    assert torch.equal(picture, torch.full((1, 3, 8, 8), 0.5))


def test_no_step_is_longer_than_a_tenth_of_the_range_of_pixels() -> None:
    """A slope that hardly changes promises a minimum that is far away, and not in any picture."""
    picture = torch.full((1, 3, 16, 16), 0.5)
    lbfgs = Lbfgs(picture, 1.0)
    for _ in range(3):
        before = picture.clone()
        lbfgs.step(picture, 1 + 1e-4 * picture)
    assert (picture - before).square().mean().sqrt().item() == pytest.approx(0.1, rel=1e-4)


def test_the_style_of_the_first_layers_alone_is_found() -> None:
    """From a photo their loss falls evenly for several steps, which used to end in a leap and a standstill."""
    device = torch.device("cpu")
    paths = find_content("example:pavilion"), find_style("swirls")
    content, style = (to_tensor(read_picture(path), device) for path in paths)
    options: dict[str, object] = {"style_layers": "relu1_1,relu2_1", "ratio": 0.005, "optimizer": "lbfgs", "scales": 1}
    config = TransferConfig(steps=24, precision="float32", **options)  # type: ignore[arg-type]
    encoder = load_encoder("embedded")
    painter = StylePainter(config=config, encoder=encoder, styles=[Style(image=style)], size=48, seed=0)
    losses: list[float] = []
    painter.paint(content, lambda iterate, scales: losses.append(iterate.style), lambda: False)
    assert losses[0] > 1
    assert losses[-1] < 0.05


def test_so_many_steps_are_remembered() -> None:
    picture = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(1))
    lbfgs = Lbfgs(picture, 0.2)
    for _ in range(HISTORY + 5):
        lbfgs.step(picture, slope(picture, wavy(), 1.0))
    state = lbfgs.state()
    assert int(state["lbfgs.remembered"]) == HISTORY
    assert sorted(name for name in state if ".move." in name) == sorted(f"lbfgs.move.{n}" for n in range(HISTORY))


def test_a_state_takes_no_memory_of_its_own_and_outlives_the_next_step() -> None:
    picture = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(1))
    lbfgs = Lbfgs(picture, 0.2)
    for _ in range(3):
        lbfgs.step(picture, slope(picture, wavy(), 1.0))
    assert remembered(3) == 7  # two pictures a step, and a quarter of one
    state, again = lbfgs.state(), lbfgs.state()
    assert "lbfgs.change.1" in state
    assert all(again[name].data_ptr() == tensor.data_ptr() for name, tensor in state.items() if tensor.ndim)
    before = {name: tensor.clone() for name, tensor in state.items()}
    lbfgs.step(picture, slope(picture, wavy(), 1.0))
    assert all(torch.equal(state[name], tensor) for name, tensor in before.items())


def test_the_state_of_another_optimiser_is_refused() -> None:
    picture = torch.rand(1, 3, 8, 8)
    with pytest.raises(KeyError):
        Lbfgs(picture, 1.0).restore({"adam.mean": picture}, torch.device("cpu"))
