"""The styles of a painting and their masks: read from disk, handed to the painter, told in receipts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch

from artgan.config.styles import MaskReference, StyleReference
from artgan.config.transfer import TransferConfig
from artgan.config.values import parse_layers
from artgan.errors import UsageError
from artgan.io.images import Picture, read_picture
from artgan.io.shipped import find_style
from artgan.models.encoder import Encoder
from artgan.painting.masks import Mask
from artgan.painting.styles import Style
from artgan.painting.tensors import to_mask, to_tensor
from artgan.pipelines.outputs import STDIO
from artgan.pipelines.recall import Earlier, picture_record
from artgan.pipelines.stylefiles import StyleFile, is_style_file, read_style


@dataclass(frozen=True, kw_only=True)
class ReadStyle:
    """A style as typed, its painting, and its mask's picture where the mask is one."""

    reference: StyleReference
    picture: Picture | StyleFile
    mask: Picture | None

    def record(self, earlier: Earlier | None) -> dict[str, Any]:
        """What receipts say of it; `earlier` is what is painted again."""
        said = picture_record(self.picture, self.reference.name, earlier) | {"weight": self.reference.weight}
        mask = self.reference.mask
        if mask is not None:
            named = {"name": mask.name} if self.mask is None else picture_record(self.mask, mask.name, earlier)
            said["mask"] = {**named, "inverted": mask.inverted}
        if self.reference.scale != 1:
            said["scale"] = self.reference.scale
        if self.reference.layers is not None:
            said["layers"] = self.reference.layers
        return said


def read_styles(references: Sequence[StyleReference], stdin: BinaryIO | None, device: torch.device) -> list[ReadStyle]:
    """Read paintings, style files and masks.

    Raises:
        PictureError: one is missing or no picture.
        WeightsError: a style file is missing, damaged, or none.
    """
    read = []
    for reference in references:
        picture: Picture | StyleFile
        if is_style_file(reference.name):
            picture = read_style(Path(reference.name), device)
        else:
            picture = read_picture(STDIO if reference.name == STDIO else find_style(reference.name), stdin=stdin)
        of_file = reference.mask is not None and not reference.mask.is_alpha
        mask = read_picture(Path(reference.mask.name)) if reference.mask is not None and of_file else None
        read.append(ReadStyle(reference=reference, picture=picture, mask=mask))
    return read


def styles_of(read: Sequence[ReadStyle], device: torch.device) -> list[Style]:
    """The same for the painter; styles with the same mask share one, and so their place."""
    masks: dict[MaskReference, Mask] = {}
    styles = []
    for style in read:
        reference = style.reference.mask
        if reference is not None and reference not in masks:
            values = None if style.mask is None else to_mask(style.mask, device)
            masks[reference] = Mask(values=values, inverted=reference.inverted)
        styles.append(
            Style(
                image=style.picture.style if isinstance(style.picture, StyleFile) else to_tensor(style.picture, device),
                share=style.reference.weight,
                mask=None if reference is None else masks[reference],
                scale=style.reference.scale,
                layers=style.reference.layer_range,
            )
        )
    return styles


def check_style_files(styles: Sequence[ReadStyle], config: TransferConfig, encoder: Encoder) -> None:
    """Raise UsageError or WeightsError when a style file does not fit what is asked for."""
    layers = parse_layers(config.style_layers, "--style-layers") if config.style_weight else {}
    for style in styles:
        if not isinstance(style.picture, StyleFile):
            continue
        if config.keep_color and config.color_method == "match":
            raise UsageError("--keep-color cannot change the colours of a style file: add --color-method luminance")
        within = style.reference.layer_range
        style.picture.check(encoder, [layer for layer in layers if within is None or within.holds(layer)])
