"""The network of a painter in one pass: sizes, its first painting, files."""

from pathlib import Path

import pytest
import torch

from artgan.errors import WeightsError
from artgan.losses.recolouring import recoloured
from artgan.models import registry
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.fast_style import FastStyle, painted
from artgan.models.registry import ModelSpec
from artgan.models.restyling import LEVELS, look_of
from artgan.training.runs import save_model

SPEC = ModelSpec(
    architecture="style",
    version=1,
    options={"channels": "32,64,128,256", "width": 4, "blocks": 1, "encoder": "0123"},
    value_range="[0, 1]",
)


@pytest.fixture(scope="module")
def eyes() -> Encoder:
    return load_encoder("embedded")


def network(**options: int) -> FastStyle:
    made = FastStyle(channels="32,64,128,256", **{"width": 4, "blocks": 1, **options})
    made.initialise(torch.Generator().manual_seed(0))
    return made


def pictures(count: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(count, 3, 4, 6, generator=random)
    return torch.nn.functional.interpolate(small, size=(height, width), mode="bicubic").clamp(0, 1)


def scattered(made: FastStyle) -> FastStyle:
    """Weights that no layer is left out by, for features of the usual size."""
    with torch.no_grad():
        made.calibrate(load_encoder("embedded")(pictures(4, 64, 64), LEVELS))
        for number, parameter in enumerate(made.parameters()):
            size = parameter[0].numel() ** -0.5
            parameter.normal_(0.0, size, generator=torch.Generator().manual_seed(number))
    return made


def test_its_size() -> None:
    """What ships is below 8 MB in float16."""
    made = FastStyle(channels="32,64,128,256", width=24)
    assert sum(parameter.numel() for parameter in made.parameters()) == 1_291_499
    assert sum(tensor.numel() for tensor in made.state_dict().values()) * 2 < 8e6


@pytest.mark.parametrize(("height", "width"), [(16, 16), (24, 40), (64, 8)])
def test_any_multiple_of_eight(eyes: Encoder, height: int, width: int) -> None:
    content, style = pictures(2, height, width), pictures(2, 32, 24, seed=1)
    painting = painted(scattered(network()), eyes, content, look_of(eyes(style, LEVELS)))
    assert painting.shape == content.shape
    assert painting.dtype == torch.float32
    assert not torch.allclose(painting, content, atol=1e-3)


def test_the_first_painting_is_the_recoloured_content(eyes: Encoder) -> None:
    content, style = pictures(2, 32, 32), pictures(2, 32, 32, seed=1)
    moved = recoloured(content, style)
    assert torch.equal(painted(network(), eyes, moved, look_of(eyes(style, LEVELS))), moved)


def test_pictures_of_a_batch_are_alone(eyes: Encoder) -> None:
    made, content, style = scattered(network()), pictures(3, 32, 32), pictures(3, 32, 32, seed=1)
    together = painted(made, eyes, content, look_of(eyes(style, LEVELS)))
    for number in range(3):
        this = slice(number, number + 1)
        alone = painted(made, eyes, content[this], look_of(eyes(style[this], LEVELS)))
        assert torch.allclose(alone, together[this], atol=1e-4)


def test_calibrated_features_come_in_about_equally_large(eyes: Encoder) -> None:
    made, seen = network(), eyes(pictures(4, 64, 64), LEVELS)
    made.calibrate(seen)
    for level in LEVELS:
        scaled = made.scales[level](seen[level])
        assert scaled.mean().abs() < 0.01
        assert 0.5 < scaled.std() < 1.05
        joined = made.scales[level](torch.cat([seen[level], seen[level]], 1))
        assert torch.equal(joined, torch.cat([scaled, scaled], 1))


def test_every_weight_learns(eyes: Encoder) -> None:
    made = scattered(network())
    content, style = pictures(2, 32, 32), pictures(2, 32, 32, seed=1)
    painted(made, eyes, content, look_of(eyes(style, LEVELS))).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in made.parameters())


def test_a_file_and_back(tmp_path: Path) -> None:
    made = scattered(network())
    save_model(tmp_path / "model.safetensors", SPEC, {"painter": made}, {})
    spec, networks = registry.load(tmp_path / "model.safetensors")
    assert spec == SPEC
    assert list(networks) == ["painter"]
    assert networks["painter"].encoder == "0123"
    found = networks["painter"].state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in made.state_dict().items())


def test_a_damaged_description_is_one_line() -> None:
    with pytest.raises(WeightsError, match="the description of the style model is damaged"):
        registry.build(ModelSpec(architecture="style", version=1, options={"channels": "32,64", "width": 4}))
