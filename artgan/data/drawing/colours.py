"""The colours of the drawn faces: ramps from shadow to light for every tag, skin tones, clothes, backgrounds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from artgan.data.drawing.chance import Array


def rgb(*codes: str) -> Array:
    """Hexadecimal codes as sRGB in [0, 1], (len(codes), 3)."""
    return np.array([[int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)] for code in codes], np.float32)


# Shadow, base, light and ink of hair. Neighbours in the vocabulary are kept apart: white is bright and bluish
# in the shadows where gray is middle; blonde is yellow, orange saturated, brown dark; aqua lies between green and blue.
HAIR = {
    "orange": rgb("c9601f", "f28a30", "ffbd70", "7d3610"),
    "white": rgb("c6cadb", "f0f1f6", "ffffff", "868aa4"),
    "aqua": rgb("2a9fa8", "52d3d0", "a9f2ec", "155f6a"),
    "gray": rgb("6c6e78", "96989f", "c0c2c9", "3b3d46"),
    "green": rgb("2b7c43", "4bae55", "93dc89", "164526"),
    "red": rgb("93192a", "d02f34", "f77264", "4f0d16"),
    "purple": rgb("60379a", "8d5bc8", "c09aee", "351c5c"),
    "pink": rgb("d5679a", "f79cc2", "ffd0e2", "8c3762"),
    "blue": rgb("2e50ab", "4b7de2", "93b9fc", "182a68"),
    "black": rgb("1b1a23", "312f3a", "62647a", "0c0b11"),
    "brown": rgb("57341d", "80512d", "b38252", "2f1a0c"),
    "blonde": rgb("d3a545", "f6d56e", "fff2b4", "805c1f"),
}
# Iris: top, middle, light at the bottom.
EYES = {
    "gray": rgb("50535e", "8f949f", "cdd1d9"),
    "black": rgb("131218", "2c2b34", "595863"),
    "orange": rgb("a34a08", "f0851f", "ffc97c"),
    "pink": rgb("ad3a78", "f270b2", "ffc3e0"),
    "yellow": rgb("a07d0a", "f2d024", "fff49a"),
    "aqua": rgb("107b83", "2fc9cb", "a8f6ee"),
    "purple": rgb("4a2690", "8c50da", "d2acfc"),
    "green": rgb("16652f", "38ad54", "a8ee9e"),
    "brown": rgb("472611", "83502b", "c79462"),
    "red": rgb("7d0f1b", "dc2630", "ff958a"),
    "blue": rgb("1b429a", "3c7bec", "a4d3ff"),
}
# Light, shadow and ink of skin.
SKIN = np.stack(
    [
        rgb("ffeee4", "f5c8b6", "a45a4c"),
        rgb("ffe6d6", "efbaa2", "9a5140"),
        rgb("fbd9be", "e0a482", "8a4a33"),
        rgb("ecbd94", "c88c64", "70391f"),
        rgb("c48a60", "985f3d", "512a17"),
        rgb("94613f", "693f28", "371c10"),
    ]
)
SKIN_WEIGHTS = (6, 7, 4, 2, 1.3, 1)
# Light and shadow of clothes and ribbons.
CLOTH = np.stack(
    [
        rgb("f7f7fa", "c8cbdc"), rgb("2f3a63", "1d2442"), rgb("3a3940", "232229"), rgb("b5343f", "82202c"),
        rgb("f0cf5c", "c59b38"), rgb("6aa7d8", "437cb0"), rgb("7fb98a", "528a62"), rgb("e7a4b8", "be7390"),
        rgb("8a6bb0", "634a88"), rgb("9a7455", "6e4f38"), rgb("e8ddc6", "bcae93"), rgb("4f8c8f", "336467"),
    ]
)  # fmt: skip
# Two colours of a background.
BACKGROUNDS = np.stack(
    [
        rgb("ffffff", "f4f1ee"), rgb("fdf6ec", "f2dcc8"), rgb("e4f1fb", "b7d6ef"), rgb("fbe6ee", "efc0d2"),
        rgb("e6f4e4", "b5dab6"), rgb("efe8fa", "cbbbe8"), rgb("fff3cf", "f6c98f"), rgb("cfd9e6", "8795b0"),
        rgb("8fb7d8", "e9d6c9"), rgb("41486b", "8a6d94"), rgb("2c3a4d", "4e7482"), rgb("f0b79a", "8f86b8"),
        rgb("b9d9c0", "6f9c9a"), rgb("d8cfc4", "a3978c"),
    ]
)  # fmt: skip
BACKGROUND_WEIGHTS = (5, 2, 2, 2, 1.5, 1.5, 1.5, 1.5, 1.5, 1, 1, 1, 1, 1)
LASH = rgb("2b1d24", "1d1a26", "3a2420", "232a3c")


def mix(first: Array, second: Array, share: Array | float) -> Array:
    """Colours (..., 3) from `first` (share 0) to `second` (share 1); `share` has the axes before the last."""
    return first + (second - first) * np.asarray(share, np.float32)[..., None]


def ramps(table: dict[str, Array], names: Sequence[str], index: NDArray[np.int64], jitter: Array) -> Array:
    """The ramps (N, R, 3) of the colours `names[index]`, each a little lighter, darker, warmer or cooler.

    `jitter` is (N, 4) in [-1, 1]: lightness and the three channels; so little that every colour keeps its name.
    """
    ramp = np.stack([table[name] for name in names])[index]
    # Grays must stay gray: the channels differ only where there is colour already.
    chroma = np.clip(np.ptp(ramp[:, 1], axis=-1, keepdims=True) * 3, 0.25, 1)
    gain = 1 + 0.085 * jitter[:, :1] + 0.03 * chroma * jitter[:, 1:]
    return np.asarray(np.clip(ramp * gain[:, None], 0, 1))
