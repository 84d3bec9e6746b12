"""How something is painted in one pass: what is known of the styles, and of the whole that it is a part of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artgan.losses.recolouring import Colours
from artgan.models.restyling import MULTIPLE, Look, Moments


@dataclass(frozen=True, kw_only=True)
class Taste:
    """What is kept of the styles that are wanted in one place."""

    colours: Colours
    looks: Sequence[Look]
    """By scale, from the finest."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How something is painted in one taste.

    Attributes:
        taste: of the styles.
        colours: that what is painted has, from which they are moved to the styles'.
        moments: by scale, from the finest, and by layer, of what the encoder sees; None: to be found.
    """

    taste: Taste
    colours: Colours
    moments: Sequence[Mapping[str, Moments]] | None

    @property
    def grid(self) -> int:
        """Pixels by whose multiples what is painted may move without being painted otherwise."""
        return MULTIPLE << (len(self.taste.looks) - 1)
