"""The painter of `artgan transfer --model` and `artgan chain`: pictures of any size through a trained generator."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from artgan.errors import DeviceError, UsageError
from artgan.models.resnet import ResnetGenerator
from artgan.models.unet import NotebookUnetGenerator, UnetGenerator
from artgan.painting.tensors import crop_to, mirrored
from artgan.painting.tiling import Progress, exact, thumbnail
from artgan.runtime import is_out_of_memory

Tiling = Literal["auto", "whole", "exact", "thumbnail"]

DEFAULT_MEMORY = 4 * 2**30
"""Bytes a picture may take where no limit is given and the device does not tell what is free."""
_SHARE_OF_FREE = 0.75
_RESNET = 15.0
"""Bytes a pixel and channel of width, measured on a CPU (tests/benchmarks/tiling.py); bfloat16 saves little of them."""
_UNET = 5.5
_BANDS = 3.2
"""The same for a ResNet in bands: three maps of a quarter of the side and four times the width."""
_BANDS_PIXEL = 48
_BANDS_ONCE = 2**28
"""What bands take whatever the picture's size."""


@dataclass(frozen=True, kw_only=True)
class Translation:
    """A translated picture, (1, 3, H, W) float32 in [0, 1], and how it was computed."""

    image: Tensor
    tiling: Tiling


class Translator:
    """A generator on a device, for pictures of any size.

    Args:
        network: (N, 3, H, W) in [-1, 1] -> the same, for sides that are multiples of its `multiple`.
        tiling: "whole", or "exact" or "thumbnail" as in `artgan.painting.tiling`; "auto" takes the first that fits.
        max_memory: bytes that "auto" may use; by default three quarters of what is free on a GPU, else 4 GiB.

    Raises:
        UsageError: exact tiling of a network that is not local between its normalisations.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        tiling: Tiling = "auto",
        max_memory: float | None = None,
    ) -> None:
        if tiling == "exact" and not isinstance(network, ResnetGenerator):
            raise UsageError("--tiling exact is for ResNet generators; a U-Net takes whole or thumbnail")
        self._network = network.to(device).eval()
        self._device, self._precision = device, precision
        self._tiling, self._max_memory = tiling, max_memory

    @property
    def multiple(self) -> int:
        """Of what the sides of pictures are multiples inside."""
        multiple = self._network.multiple
        assert isinstance(multiple, int)
        return multiple

    @torch.inference_mode()
    def paint(self, image: Tensor, progress: Progress = lambda share: None) -> Translation:
        """Translate a picture (1, 3, H, W) in [0, 1] of any size; it comes back at its size.

        It is padded by reflection to what the network needs, and cropped again. `progress` hears of the share done
        where the picture is computed in pieces.

        Raises:
            DeviceError: the device's memory is too small.
        """
        height, width = image.shape[-2:]
        padded = _padded(image.to(self._device, torch.float32), self.multiple) * 2 - 1
        tiling = self.choose(padded.shape[-2], padded.shape[-1])
        low = self._precision != torch.float32
        try:
            with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=low):
                translated = self._run(padded, tiling, progress)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            raise DeviceError(
                f"out of memory at {width}x{height} px: lower --max-memory, give a --size, or --device cpu"
            ) from None
        return Translation(image=(crop_to(translated.float(), height, width) + 1) / 2, tiling=tiling)

    def choose(self, height: int, width: int) -> Tiling:
        """How a picture of this size, padded, is computed."""
        if self._tiling != "auto":
            return self._tiling
        limit = self._limit()
        if memory(self._network, height, width) <= limit:
            return "whole"
        if isinstance(self._network, ResnetGenerator) and memory_in_bands(self._network, height, width) <= limit:
            return "exact"
        return "thumbnail"

    def _run(self, images: Tensor, tiling: Tiling, progress: Progress) -> Tensor:
        if tiling == "exact" and isinstance(self._network, ResnetGenerator):
            return exact(self._network, images, progress)
        if tiling == "thumbnail":
            return thumbnail(self._network, images, self.multiple, progress)
        translated: Tensor = self._network(images)
        return translated

    def _limit(self) -> float:
        if self._max_memory is not None:
            return self._max_memory
        if self._device.type == "cuda":
            return _SHARE_OF_FREE * torch.cuda.mem_get_info(self._device)[0]
        return DEFAULT_MEMORY


def memory(network: nn.Module, height: int, width: int) -> float:
    """Bytes that translating a picture of this size as a whole takes, about."""
    per_channel = _UNET if isinstance(network, UnetGenerator | NotebookUnetGenerator) else _RESNET
    return per_channel * _width(network) * height * width


def memory_in_bands(network: ResnetGenerator, height: int, width: int) -> float:
    """Bytes that translating it in bands takes, about."""
    return (_BANDS * _width(network) + _BANDS_PIXEL) * height * width + _BANDS_ONCE


def blend(original: Tensor, translated: Tensor, strength: float) -> Tensor:
    """The translated picture over the original, both sRGB in [0, 1].

    Mixed as the values are stored, not in linear light: half way then looks half way, where light added to light would
    let the brighter of the two through.
    """
    return translated if strength == 1 else torch.lerp(original.to(translated), translated, strength)


def _width(network: nn.Module) -> int:
    """Channels of the network's first map."""
    return next(module.out_channels for module in network.modules() if isinstance(module, nn.Conv2d))


def _padded(image: Tensor, multiple: int) -> Tensor:
    """Both sides at the next multiple, and at least twice it where reflection inside the network needs pixels."""
    height, width = image.shape[-2:]
    least = max(multiple, 8)
    return mirrored(image, *(max(least, -(-side // multiple) * multiple) - side for side in (height, width)))
