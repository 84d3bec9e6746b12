"""Paint the pictures that README and docs show: `python docs/make_pictures.py [--vgg19 FILE] [--only NAME]`.

Everything is painted from what ships in the package, with seed 0; with VGG19's weights also the comparison of encoders
and the two studies of parameters. Takes half an hour or more on two cores; `--size 96 --steps 40 --to FOLDER` tries it.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from artgan.config.files import find_recipe, read_config
from artgan.config.sample import SampleConfig
from artgan.config.transfer import TransferConfig
from artgan.io.media import encode_jpeg
from artgan.io.shipped import find_content, find_style, style_names
from artgan.pipelines.sample import sample
from artgan.pipelines.transfer import transfer

IMAGES = Path(__file__).parent / "images"
GAP = 8
_MOST_BYTES = 290_000
WHITE = (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Where pictures are painted, and how: options of all of them, and VGG19's weights where they are given."""

    folder: Path
    options: Mapping[str, object]
    vgg19: Path | None

    @property
    def through_vgg19(self) -> dict[str, object]:
        """Options of a painting through VGG19."""
        return {"encoder": "vgg19", "encoder_weights": str(self.vgg19)}

    def paint(self, content: str, *styles: str, **options: object) -> Image.Image:
        """`artgan transfer CONTENT --style STYLE ... --encoder embedded --seed 0`, as a picture."""
        chosen: dict[str, Any] = {"encoder": "embedded", **self.options, **options}
        return self._made(content, TransferConfig(style=styles, seed=0, **chosen))

    def paint_at_once(self, content: str, *styles: str, **options: object) -> Image.Image:
        """`artgan transfer CONTENT --style STYLE ... --method fast --seed 0`, as a picture."""
        chosen: dict[str, Any] = {"size": self.options.get("size"), **options}
        return self._made(content, TransferConfig(style=styles, seed=0, method="fast", **chosen))

    def retouch(self, content: str, style: str) -> Image.Image:
        """`artgan transfer CONTENT --style STYLE --recipe retouch --seed 0`, as a picture."""
        chosen: dict[str, Any] = {**recipe("retouch"), "size": self.options.get("size")}
        return self._made(content, TransferConfig(style=(style,), seed=0, **chosen))

    def _made(self, content: str, config: TransferConfig) -> Image.Image:
        out = self.folder / f"{len(list(self.folder.iterdir()))}.png"
        transfer(config, [content], out=str(out))
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


def portrait(workshop: Workshop) -> Image.Image:
    """A photo, a style, and the photo repainted in one pass and by optimising."""
    content, style = Image.open(find_content("example:portrait")), Image.open(find_style("swirls"))
    made = [way("example:portrait", "swirls") for way in (workshop.paint_at_once, workshop.paint)]
    return row([content.convert("RGB"), style.convert("RGB"), *made], 360)


def styles(workshop: Workshop) -> Image.Image:
    """Every built-in style, and what it does to one photo, in one pass and by optimising."""
    paintings = [crop(Image.open(find_style(style)).convert("RGB")) for style in style_names()]
    fast = [crop(workshop.paint_at_once("example:pavilion", style)) for style in style_names()]
    optimised = [crop(workshop.paint("example:pavilion", style)) for style in style_names()]
    rows = [row(pictures[i : i + 3], 240) for i in (0, 3) for pictures in (paintings, fast, optimised)]
    return column(rows, 800)


def encoders(workshop: Workshop) -> Image.Image:
    """One painting through the encoder that ships, and through VGG19."""
    ours = workshop.paint("example:pavilion", "swirls")
    theirs = workshop.paint("example:pavilion", "swirls", **workshop.through_vgg19)
    return row([crop(ours), crop(theirs)], 340)


def colour(workshop: Workshop) -> Image.Image:
    """The style's colours, its colours half way to the photo's, the photo's palette, the photo's chroma."""
    ways: list[dict[str, object]] = [
        {},
        {"keep_color": 0.5},
        {"keep_color": 1.0},
        {"keep_color": 1.0, "color_method": "luminance"},
    ]
    return row([crop(workshop.paint("example:pavilion", "swirls", **way), 1.0) for way in ways], 300)


def space(workshop: Workshop) -> Image.Image:
    """A photo, a mask of its sky, one style there and another elsewhere, and a style in the sky alone."""
    photo = Image.open(find_content("example:pavilion")).convert("RGB")
    bright = photo.convert("L").filter(ImageFilter.GaussianBlur(photo.width / 300)).point(lambda v: 255 * (v > 175))
    sky = bright.filter(ImageFilter.MedianFilter(9)).filter(ImageFilter.GaussianBlur(photo.width / 600))
    mask = workshop.folder / "sky.png"
    sky.save(mask)
    both = workshop.paint("example:pavilion", f"swirls@{mask}", "mosaic")
    alone = workshop.paint("example:pavilion", f"swirls@{mask}")
    return row([crop(picture, 1.0) for picture in (photo, sky.convert("RGB"), both, alone)], 300)


def scale(workshop: Workshop) -> Image.Image:
    """One style with small and large strokes; two styles, and the strokes of one with the forms of the other."""
    ways = [
        ("swirls,scale=0.5",),
        ("swirls,scale=2",),
        ("dots,layers=fine", "swirls,layers=coarse"),
        ("swirls,layers=fine", "dots,layers=coarse"),
    ]
    return row([crop(workshop.paint("example:pavilion", *way), 1.0) for way in ways], 300)


def strength(workshop: Workshop) -> Image.Image:
    """Five strengths, above in one pass and below by optimising."""
    rows = [
        row(
            [crop(way("example:pavilion", "swirls", strength=strength), 1.0) for strength in (10.0, 30, 50, 70, 90)],
            240,
        )
        for way in (workshop.paint_at_once, workshop.paint)
    ]
    return column(rows, rows[0].width)


def preview(workshop: Workshop) -> Image.Image:
    """`--preview`, enlarged, and the painting."""
    paintings = [workshop.paint("example:pavilion", "swirls", preview=quick) for quick in (True, False)]
    return row([crop(painting) for painting in paintings], 340)


def growing(workshop: Workshop) -> Image.Image:
    """A painting coming into being: what `--save-every` saves on the way."""
    steps = int(str(workshop.options.get("steps", 500)))
    done = workshop.paint("example:pavilion", "swirls", save_every=max(1, steps // 50), tolerance=0.0)
    saved = sorted(workshop.folder.glob("*-step*.png"))
    some = [Image.open(saved[round(share * (len(saved) - 1))]).convert("RGB") for share in (0, 0.1, 0.4, 0.7)]
    return row([crop(picture, 1.0) for picture in (*some, done)], 240)


def style_file(workshop: Workshop) -> Image.Image:
    """One style, another, and the average of both from a style file."""
    saved = workshop.folder / "both.style.safetensors"
    transfer(TransferConfig(style=("swirls", "dots"), encoder="embedded", save_style=str(saved)), [])
    return row([crop(workshop.paint("example:pavilion", style), 1.0) for style in ("swirls", "dots", str(saved))], 340)


def retouched(workshop: Workshop) -> Image.Image:
    """In one pass, with the recipe retouch, and by optimising."""
    rows = [
        row(
            [
                crop(way("example:portrait", style), 1.0)
                for way in (workshop.paint_at_once, workshop.retouch, workshop.paint)
            ],
            340,
        )
        for style in ("swirls", "mosaic")
    ]
    return column(rows, rows[0].width)


def tags(workshop: Workshop) -> Image.Image:
    """`artgan sample faces --by hair,eyes --seed 27`: one latent vector with every pair of tags."""
    out = workshop.folder / "tags.png"
    sample(SampleConfig(by="hair,eyes", seeds="27"), "faces", out=str(out))
    return Image.open(out).convert("RGB")


def portraits(workshop: Workshop) -> Image.Image:
    """`artgan sample portrait --seeds 0-7`, and each of them in one pass in two styles."""
    drawn = sample(SampleConfig(seeds="0-7"), "portrait", out=f"{workshop.folder / 'drawn'}/").paths
    rows = [row([Image.open(path).convert("RGB") for path in drawn], 128)]
    rows += [row([workshop.paint_at_once(str(path), style) for path in drawn], 128) for style in ("swirls", "shards")]
    return column(rows, rows[0].width)


def sheet(workshop: Workshop) -> Image.Image:
    """A sheet of paintings over the layers of the style and the weight of the content."""
    layers = ["relu1_1", "relu1_1+relu2_1+relu3_1", "relu1_1+relu2_1+relu3_1+relu4_1+relu5_1"]
    sweep = ("content-weight=0.005,0.05,0.5", f"style-layers={','.join(layers)}")
    options: dict[str, object] = {"size": 160, "steps": 60, **workshop.options}
    return workshop.paint("example:pavilion", "swirls", sweep=sweep, **options)


def losses(workshop: Workshop) -> Image.Image:
    """One painting by each way to compare styles."""
    ways = ("gram", "wasserstein", "moments")
    return row([crop(workshop.paint("example:pavilion", "swirls", style_loss=way), 1.0) for way in ways], 340)


def content_study(workshop: Workshop) -> Image.Image:
    """The content compared in a low and in a high layer, as examples/README.md has it."""
    return study(workshop, "content-layers=relu2_2,relu4_2")


def style_study(workshop: Workshop) -> Image.Image:
    """The style from its first layer to all five, by the weight of the content, as examples/README.md has it."""
    layers = [f"relu{block}_1" for block in range(1, 6)]
    rows = ",".join("+".join(layers[:count]) for count in range(1, 6))
    return study(workshop, f"style-layers={rows}", "ratio=0.005,0.02,0.1,0.5")


def recipe(name: str) -> dict[str, object]:
    """The options of a recipe that ships."""
    return dict(read_config(find_recipe(name, "transfer"), "transfer", TransferConfig))


def study(workshop: Workshop, *sweep: str) -> Image.Image:
    """A sheet by the recipe swift, through VGG19."""
    options = recipe("swift") | {"size": 256} | workshop.through_vgg19 | dict(workshop.options)
    return workshop.paint("example:pavilion", "swirls", sweep=sweep, **options)


PICTURES: dict[str, Callable[[Workshop], Image.Image]] = {
    "portrait": portrait,
    "styles": styles,
    "encoders": encoders,
    "colour": colour,
    "tags": tags,
    "portraits": portraits,
    "space": space,
    "scale": scale,
    "sheet": sheet,
    "losses": losses,
    "strength": strength,
    "preview": preview,
    "growing": growing,
    "style-file": style_file,
    "retouched": retouched,
    "content-study": content_study,
    "style-study": style_study,
}
OF_VGG19 = frozenset({"encoders", "content-study", "style-study"})
"""Those that need its weights."""


def main() -> None:
    """Paint, compose, save as JPEGs small enough for the repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vgg19", type=Path, help="VGG19's weights, for the pictures that need them")
    parser.add_argument("--only", action="append", choices=PICTURES, help="make this picture only; repeatable")
    parser.add_argument("--size", type=int, help="long side of the paintings, to try it")
    parser.add_argument("--steps", type=int, help="steps of each painting, likewise")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder for the pictures")
    arguments = parser.parse_args()
    chosen = arguments.only or [name for name in PICTURES if name not in OF_VGG19 or arguments.vgg19 is not None]
    if OF_VGG19 & set(chosen) and arguments.vgg19 is None:
        parser.error(f"{' and '.join(sorted(OF_VGG19 & set(chosen)))} need --vgg19 FILE")
    arguments.to.mkdir(parents=True, exist_ok=True)
    trial = {"size": arguments.size, "steps": arguments.steps}
    options = {name: value for name, value in trial.items() if value is not None}
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            workshop = Workshop(folder=Path(folder), options=options, vgg19=arguments.vgg19)
            picture = PICTURES[name](workshop)
            (arguments.to / f"{name}.jpg").write_bytes(encode_jpeg(np.asarray(picture), most_bytes=_MOST_BYTES))


if __name__ == "__main__":
    main()
