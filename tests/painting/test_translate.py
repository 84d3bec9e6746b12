"""The translating painter: every size comes back, and memory decides how."""

import pytest
import torch

from artgan.errors import DeviceError, UsageError
from artgan.models.resnet import ResnetGenerator
from artgan.models.unet import UnetGenerator
from artgan.painting.translate import Translator, blend, memory, memory_in_bands

from translation_models import randomised

CPU = torch.device("cpu")


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height * width))


def resnet() -> torch.nn.Module:
    return randomised(ResnetGenerator(width=4, blocks=1))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 9), (7, 8), (16, 16), (45, 31), (64, 130)])
@pytest.mark.parametrize("tiling", ["whole", "exact", "thumbnail"])
def test_every_size_comes_back(size: tuple[int, int], tiling: str) -> None:
    translation = Translator(resnet(), device=CPU, tiling=tiling).paint(picture(*size))  # type: ignore[arg-type]
    assert translation.image.shape == (1, 3, *size)
    assert translation.image.isfinite().all()
    assert 0 <= translation.image.min() <= translation.image.max() <= 1
    assert translation.tiling == tiling


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (16, 16), (33, 70)])
def test_a_u_net_takes_every_size(size: tuple[int, int]) -> None:
    network = randomised(UnetGenerator(size=16, width=4))
    assert Translator(network, device=CPU).paint(picture(*size)).image.shape[2:] == size


def test_a_fitting_size_is_the_network_alone() -> None:
    network, image = resnet(), picture(24, 32)
    with torch.inference_mode():
        wanted = (network(image * 2 - 1) + 1) / 2
    torch.testing.assert_close(Translator(network, device=CPU).paint(image).image, wanted)


def test_padding_is_a_reflection_around_the_picture() -> None:
    seen = []

    class Spy(torch.nn.Module):
        multiple = 8

        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Conv2d(3, 3, 1)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen.append(images)
            return images

    image = picture(13, 16)
    back = Translator(Spy(), device=CPU).paint(image).image
    torch.testing.assert_close(back, image)
    padded = torch.nn.functional.pad(image, (0, 0, 1, 2), mode="reflect")
    torch.testing.assert_close((seen[0] + 1) / 2, padded)


def test_memory_decides() -> None:
    network = resnet()
    whole, banded = memory(network, 2048, 2048), memory_in_bands(network, 2048, 2048)  # type: ignore[arg-type]
    limits = {whole + 1: "whole", 2**20: "thumbnail"}
    for limit, wanted in limits.items():
        assert Translator(network, device=CPU, max_memory=limit).choose(2048, 2048) == wanted
    large = randomised(ResnetGenerator(width=64, blocks=1))
    assert memory_in_bands(large, 2048, 2048) < 2 * 2**30 < 3 * 2**30 < memory(large, 2048, 2048)  # type: ignore[arg-type]
    assert Translator(large, device=CPU).choose(1024, 1024) == "whole"
    assert Translator(large, device=CPU, max_memory=2 * 2**30).choose(2048, 2048) == "exact"
    assert Translator(large, device=CPU).choose(4096, 4096) == "thumbnail"
    assert banded > 0


def test_a_u_net_is_never_exact() -> None:
    network = randomised(UnetGenerator(size=16, width=4))
    with pytest.raises(UsageError, match="--tiling exact is for ResNet"):
        Translator(network, device=CPU, tiling="exact")
    assert Translator(network, device=CPU, max_memory=1).choose(64, 64) == "thumbnail"


def test_strength_mixes_stored_values() -> None:
    original, translated = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    assert blend(original, translated, 0.25).unique().tolist() == [0.25]
    assert blend(original, translated, 1) is translated


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("a bug"), False),
    ],
)
def test_full_memory_is_one_line(error: Exception, known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = resnet()

    def fail(images: torch.Tensor) -> torch.Tensor:
        raise error

    monkeypatch.setattr(network, "forward", fail)
    with pytest.raises(DeviceError if known else RuntimeError) as caught:
        Translator(network, device=CPU).paint(picture(20, 30))
    if known:
        assert str(caught.value).startswith("out of memory at 30x20 px: lower --max-memory")
