"""A pool of earlier translations, so that a discriminator does not forget what it has learned to see through."""

import torch
from torch import Tensor


class ImagePool:
    """Keeps up to `size` translations; of each new one, with probability 1/2, an old one is shown instead.

    Shrivastava et al. 2017 (arXiv:1612.07828, section 2.3), as CycleGAN has it, with 50. A pool of 0 shows what is new.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._images: Tensor | None = None

    def shown(self, images: Tensor, random: torch.Generator) -> Tensor:
        """What to show instead of these images (N, 3, H, W): the same number; the CPU generator `random` chooses."""
        if self._size == 0:
            return images
        images = images.detach()
        chance = torch.rand(len(images), 2, generator=random).tolist()
        shown = []
        for image, (draw, place) in zip(images, chance, strict=True):
            kept = 0 if self._images is None else len(self._images)
            if kept < self._size:
                self._images = image[None].clone() if self._images is None else torch.cat([self._images, image[None]])
                shown.append(image)
            elif draw < 0.5:
                shown.append(image)
            else:
                assert self._images is not None
                number = int(place * kept)
                shown.append(self._images[number].clone())
                self._images[number] = image
        return torch.stack(shown)

    @property
    def images(self) -> Tensor | None:
        """What is kept, for resuming; None while there is nothing."""
        return self._images

    @images.setter
    def images(self, images: Tensor | None) -> None:
        self._images = None if images is None else images.clone()
