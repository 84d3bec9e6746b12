"""Paint the pictures that README and docs show: `python docs/make_pictures.py [--vgg19 FILE]`.

Everything is painted from what ships in the package, with seed 0; with VGG19's weights also the comparison of encoders.
Takes about ten minutes on two cores.
"""

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from artgan.config.transfer import TransferConfig
from artgan.io.shipped import find_content, find_style, style_names
from artgan.pipelines.transfer import transfer

IMAGES = Path(__file__).parent / "images"
GAP = 8
WHITE = (255, 255, 255)


def paint(folder: Path, content: str, style: str, **options: object) -> Image.Image:
    """`artgan transfer CONTENT --style STYLE --seed 0`, as a picture."""
    out = folder / f"{len(list(folder.iterdir()))}.png"
    transfer(TransferConfig(style=(style,), seed=0, **options), [content], out=str(out))  # type: ignore[arg-type]
    return Image.open(out).convert("RGB")


def row(pictures: list[Image.Image], height: int) -> Image.Image:
    """Pictures of one height, side by side."""
    scaled = [p.resize((round(p.width * height / p.height), height), Image.Resampling.LANCZOS) for p in pictures]
    sheet = Image.new("RGB", (sum(p.width for p in scaled) + GAP * (len(scaled) - 1), height), WHITE)
    left = 0
    for picture in scaled:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    return sheet


def column(rows: list[Image.Image], width: int) -> Image.Image:
    """Rows of one width, one below the other."""
    scaled = [r.resize((width, round(r.height * width / r.width)), Image.Resampling.LANCZOS) for r in rows]
    sheet = Image.new("RGB", (width, sum(r.height for r in scaled) + GAP * (len(scaled) - 1)), WHITE)
    top = 0
    for picture in scaled:
        sheet.paste(picture, (0, top))
        top += picture.height + GAP
    return sheet


def crop(picture: Image.Image, ratio: float = 1.25) -> Image.Image:
    """The middle of a picture, of this width to height."""
    width, height = min(picture.width, picture.height * ratio), min(picture.height, picture.width / ratio)
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    return picture.crop((round(left), round(top), round(left + width), round(top + height)))


def save(picture: Image.Image, name: str) -> None:
    """As a JPEG small enough for the repository."""
    IMAGES.mkdir(exist_ok=True)
    picture.save(IMAGES / name, quality=76, optimize=True, progressive=True)


def main() -> None:
    """Paint, compose, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vgg19", type=Path, help="VGG19's weights, for the comparison of encoders")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        embedded: dict[str, object] = {"encoder": "embedded"}
        content, style = Image.open(find_content("example:portrait")), Image.open(find_style("swirls"))
        painted = paint(folder, "example:portrait", "swirls", **embedded)
        save(row([content.convert("RGB"), style.convert("RGB"), painted], 400), "portrait.jpg")
        styles = [crop(Image.open(find_style(style)).convert("RGB")) for style in style_names()]
        results = [crop(paint(folder, "example:pavilion", style, **embedded)) for style in style_names()]
        rows = [row(pictures[i : i + 3], 240) for i in (0, 3) for pictures in (styles, results)]
        save(column(rows, 800), "styles.jpg")
        if arguments.vgg19:
            theirs = paint(folder, "example:pavilion", "swirls", encoder="vgg19", encoder_weights=str(arguments.vgg19))
            ours = results[style_names().index("swirls")]
            save(row([ours, crop(theirs)], 340), "encoders.jpg")


if __name__ == "__main__":
    main()
