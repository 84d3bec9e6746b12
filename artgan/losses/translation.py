"""What unpaired translation is judged by without a discriminator: images in [-1, 1] in, scalars out."""

import torch
from torch import Tensor
from torch.nn import functional as F

_SIDE = 16
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def cycle_loss(images: Tensor, back: Tensor) -> Tensor:
    """Mean absolute difference of images (N, 3, H, W) and what came back of them (Zhu et al. 2017, eq. 2)."""
    return F.l1_loss(back.float(), images)


def identity_loss(images: Tensor, same: Tensor) -> Tensor:
    """Mean absolute difference of images and their translation into the domain they are of (section 5.2, from Taigman
    et al. 2017)."""
    return F.l1_loss(same.float(), images)


@torch.no_grad()
def luminance_correlation(images: Tensor, translated: Tensor) -> Tensor:
    """How light and dark of images (N, 3, H, W) agree with those of their translations, seen small: the mean of
    Pearson's correlations, from -1 (negatives) to 1."""
    before, after = (_luminance(x) for x in (images, translated))
    return F.cosine_similarity(before, after, dim=1, eps=1e-4).mean()


@torch.no_grad()
def change(images: Tensor, translated: Tensor) -> Tensor:
    """The mean absolute difference, from 0 to 2, between images and their translations."""
    return F.l1_loss(translated.float(), images)


def _luminance(images: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 256), each with mean zero."""
    weights = torch.tensor(_LUMA, device=images.device).view(1, 3, 1, 1)
    small = F.adaptive_avg_pool2d((images.float() * weights).sum(1), min(_SIDE, *images.shape[-2:])).flatten(1)
    return small - small.mean(1, keepdim=True)
