"""Distances between two sets of feature vectors: how far samples are from real pictures.

None of these is an "FID", which is the Fréchet distance on one published Inception network's features.
"""

import warnings

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance


class _AsTheyAre(nn.Identity):
    """Tells torchmetrics that features come in, not pictures."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features


def kernel_distance(
    real: Tensor, fake: Tensor, *, subsets: int = 50, subset_size: int = 500, seed: int = 0
) -> tuple[float, float]:
    """Kernel distance of features (N, F) and (M, F): its mean and standard deviation over random subsets.

    The squared maximum mean discrepancy with a cubic kernel (KID, Bińkowski et al. 2018, section 4): unbiased, so that
    it can be compared between sets of different sizes, and can be slightly negative where nothing differs.
    """
    size = min(subset_size, len(real), len(fake))
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # torchmetrics warns of the memory it takes
        torch.manual_seed(seed)  # it draws subsets from the global generator
        metric = KernelInceptionDistance(feature=_AsTheyAre(real.shape[1]), subsets=subsets, subset_size=size)
        metric.update(real, real=True)
        metric.update(fake, real=False)
        mean, deviation = metric.compute()
    return float(mean), float(deviation)


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """Fréchet distance between Gaussians fitted to features (N, F) and (M, F) (Heusel et al. 2017, equation 6).

    Biased upwards for few pictures: compare only between sets of the same numbers N and M.
    """
    metric = FrechetInceptionDistance(feature=_AsTheyAre(real.shape[1])).set_dtype(torch.float64)
    metric.update(real.double(), real=True)
    metric.update(fake.double(), real=False)
    return float(metric.compute())


def precision_recall(real: Tensor, fake: Tensor, *, neighbours: int = 3) -> tuple[float, float]:
    """How many samples lie among the reals, and how many reals among the samples (Kynkäänniemi et al. 2019).

    A vector lies among a set when it is within the distance of some member to that member's k-th neighbour. Both are
    in [0, 1]; they are equally strict for sets of equal size only.
    """
    real_reach = _reach(real, neighbours)
    fake_reach = _reach(fake, neighbours)
    between = torch.cdist(real, fake)
    precision = (between <= real_reach[:, None]).any(dim=0).float().mean()
    recall = (between <= fake_reach[None, :]).any(dim=1).float().mean()
    return float(precision), float(recall)


def _reach(features: Tensor, neighbours: int) -> Tensor:
    """The distance (N,) of each vector to its k-th nearest other."""
    nearest = torch.cdist(features, features).topk(min(neighbours + 1, len(features)), largest=False).values
    return nearest[:, -1]
