"""More pictures for a dataset: those of a GAN, say, beside the painter's own."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from artgan.data.datasets import Dataset
from artgan.errors import UsageError


def joined(dataset: Dataset, extras: Sequence[Dataset]) -> Dataset:
    """The dataset with all pictures of `extras`, without tags, to learn from; what it holds out stays the same.

    Raises:
        UsageError: the sizes differ.
    """
    if not extras:
        return dataset
    for extra in extras:
        if extra.size != dataset.size:
            raise UsageError(f"'{extra.name}' is {extra.size} px and '{dataset.name}' {dataset.size}: give --size")
    parts = [dataset, *extras]
    own = len(dataset.pixels)
    added = np.arange(own, own + sum(len(extra.pixels) for extra in extras))
    marks = "+".join(part.fingerprint for part in parts)
    return Dataset(
        name="+".join(part.name for part in parts),
        pixels=np.concatenate([part.pixels for part in parts]),
        train=np.concatenate([dataset.train, added]),
        held_out=dataset.held_out,
        fingerprint=sha256(marks.encode()).hexdigest(),
        licences=dict(sum((Counter(part.licences) for part in parts), Counter[str]())),
        ai_training=dict(sum((Counter(part.ai_training) for part in parts), Counter[str]())),
    )
