"""The networks of painting in one pass, small."""

import pytest
import torch

from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.fast_style import FastStyle
from artgan.models.restyling import LEVELS


@pytest.fixture(scope="session")
def eyes() -> Encoder:
    """What the network below sees through."""
    return load_encoder("embedded")


@pytest.fixture(scope="session")
def network(eyes: Encoder) -> FastStyle:
    """Of random weights, all of which count."""
    made = FastStyle(channels="32,64,128,256", width=4, blocks=1)
    with torch.no_grad():
        made.calibrate(eyes(torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0)), LEVELS))
        for number, parameter in enumerate(made.parameters()):
            parameter.normal_(0.0, parameter[0].numel() ** -0.5, generator=torch.Generator().manual_seed(number))
    return made.eval()
