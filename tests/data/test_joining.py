"""More pictures for a dataset."""

import numpy as np
import pytest

from artgan.data.datasets import open_dataset
from artgan.data.joining import joined
from artgan.errors import UsageError


def test_more_is_to_learn_from_and_nothing_more_is_held_out() -> None:
    own, more = (
        open_dataset(f"synthetic:{name}", size=16, count=None, seed=0) for name in ("paintings,n=20", "photos,n=30")
    )
    both = joined(own, [more])
    assert (len(both.pixels), len(both.train), both.held_out.tolist()) == (50, 48, own.held_out.tolist())
    assert np.array_equal(both.pixels[both.train[18:]], more.pixels)
    assert both.name == "synthetic:paintings,n=20+synthetic:photos,n=30"
    assert both.licences == {"drawn by artgan": 50}
    assert both.fingerprint not in (own.fingerprint, more.fingerprint)
    assert joined(own, []) is own


def test_sizes_must_agree() -> None:
    own, more = (open_dataset("synthetic:photos,n=10", size=size, count=None, seed=0) for size in (16, 32))
    with pytest.raises(UsageError, match="give --size"):
        joined(own, [more])
