"""How different samples are from each other, and how new they are."""

import torch
from torch import Tensor
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

# Weights of the scales, fine to coarse (Wang et al. 2003, section 3.2); small pictures have room for the first few.
_BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW = 11
_BATCH = 64


def ms_ssim(images: Tensor, *, pairs: int = 256, seed: int = 0) -> float:
    """Mean multi-scale structural similarity of random pairs out of pictures (N, 3, S, S) in [-1, 1].

    1 when all are the same picture: a collapsed generator (Odena et al. 2017, section 4.2). Compare it with the value
    for as many real pictures. Five scales need 176 px; with fewer pixels the finest ones that fit are used, three at
    64 px, their weights scaled to sum to one.
    """
    if len(images) < 2:
        raise ValueError("pairs need two pictures")
    scales = max(1, min(5, int(torch.tensor(max(1.0, min(images.shape[-2:]) / _WINDOW)).log2().floor()) + 1))
    betas = tuple(beta / sum(_BETAS[:scales]) for beta in _BETAS[:scales])
    random = torch.Generator().manual_seed(seed)
    first = torch.randint(len(images), (pairs,), generator=random)
    second = (first + torch.randint(1, len(images), (pairs,), generator=random)) % len(images)
    values = [
        multiscale_structural_similarity_index_measure(
            images[a].float(), images[b].float(), data_range=2.0, betas=betas, kernel_size=_WINDOW, reduction="none"
        )
        for a, b in zip(torch.split(first, _BATCH), torch.split(second, _BATCH), strict=True)
    ]
    return float(torch.cat([value for value in values if value is not None]).mean())


def originality(samples: Tensor, training: Tensor, held_out: Tensor) -> tuple[float, Tensor]:
    """How near samples come to the training pictures, next to how near unseen real ones come.

    Args:
        samples, training, held_out: features (N, F), (T, F), (H, F).

    Returns:
        The median distance of a sample to its nearest training picture divided by that of a held-out picture: about 1
        or above for new pictures, towards 0 for copies; and the index (N,) of each sample's nearest training picture.
    """
    to_training = torch.cdist(samples, training)
    nearest = to_training.min(dim=1)
    usual = torch.cdist(held_out, training).min(dim=1).values.median()
    return float(nearest.values.median() / usual.clamp_min(1e-12)), nearest.indices
