"""What ships with artgan, by name: built-in styles, example photos, trained models. Standard library only."""

from pathlib import Path

from artgan.errors import PictureError, WeightsError, did_you_mean
from artgan.io.files import no_such_file, quoted

EXAMPLE_PREFIX = "example:"

DEFAULT_MODEL = "faces"
"""The built-in model that is taken when none is named."""

PAINTER = "painter"
"""The built-in model that paints in one pass."""

_ASSETS = Path(__file__).resolve().parent.parent / "assets"
_SUFFIXES = (".jpg", ".png", ".webp")


def style_names() -> tuple[str, ...]:
    """The built-in styles in alphabetical order, as `--style` takes them."""
    return tuple(sorted(_pictures("styles")))


def example_names() -> tuple[str, ...]:
    """The example photos in alphabetical order, each with its prefix: 'example:portrait'."""
    return tuple(EXAMPLE_PREFIX + name for name in sorted(_pictures("examples")))


def is_example(name: str) -> bool:
    """Whether the name asks for an example photo, be there one of that name or not."""
    return name.startswith(EXAMPLE_PREFIX)


def find_style(name: str) -> Path:
    """The painting meant by `name`: an existing file wins over a built-in style of the same name.

    Raises PictureError, naming the nearest built-in style, when it is neither.
    """
    if _is_file(name):
        return Path(name)
    built_in = _pictures("styles")
    if name in built_in:
        return built_in[name]
    known = style_names()
    raise PictureError(f"no style '{name}': neither a file nor one of {', '.join(known)}.{did_you_mean(name, known)}")


def find_content(name: str) -> Path:
    """The photo meant by `name`: an existing file, or an example photo such as 'example:portrait'.

    Raises PictureError when it is neither. '-' (stdin) and folders are the caller's business.
    """
    if _is_file(name):
        return Path(name)
    known = example_names()
    if not is_example(name):
        # 'portrait' alone is a likely slip for 'example:portrait'.
        suggestion = did_you_mean(EXAMPLE_PREFIX + name, known)
        raise PictureError(f"no picture '{name}': there is no such file.{suggestion}")
    photo = _pictures("examples").get(name.removeprefix(EXAMPLE_PREFIX))
    if photo is None:
        raise PictureError(f"no example '{name}': it is none of {', '.join(known)}.{did_you_mean(name, known)}")
    return photo


def shipped_file(name: str) -> Path | None:
    """The built-in style or example photo whose file has this name, such as 'swirls.jpg'; None when there is none."""
    return next(
        (path for folder in ("styles", "examples") for path in _pictures(folder).values() if path.name == name), None
    )


def model_names() -> tuple[str, ...]:
    """The built-in models that draw, in alphabetical order, as `artgan sample` takes them."""
    return tuple(sorted(_models().keys() - {PAINTER}))


def built_in_model(name: str) -> Path | None:
    """The file of a built-in model; None when there is none of that name."""
    return _models().get(name)


def find_model(name: str) -> Path:
    """The model meant by `name`: an existing file wins over a built-in model of the same name.

    Raises WeightsError, naming the nearest one, when it is neither. Folders are the caller's business.
    """
    if _is_file(name):
        return Path(name)
    if (found := built_in_model(name)) is not None:
        return found
    known = model_names()
    if Path(name).name == name and not Path(name).suffix and known:
        raise WeightsError(
            f"no model {quoted(name)}: neither a file or run folder nor one of {', '.join(known)}."
            f"{did_you_mean(name, known)}"
        )
    raise WeightsError(f"no model {quoted(name)}: {no_such_file(Path(name))}")


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a name too long for the file system, or with a null byte
        return False


def _pictures(folder: str) -> dict[str, Path]:
    return {path.stem: path for path in (_ASSETS / folder).iterdir() if path.suffix in _SUFFIXES}


def _models() -> dict[str, Path]:
    return {path.stem: path for path in (_ASSETS / "models").glob("*.safetensors")}
