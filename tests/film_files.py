"""Moving pictures for tests: drawn frames as GIF and WebP by Pillow, and what stands in for ffmpeg's package."""

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.uint8]


def pan(count: int = 4, *, height: int = 24, width: int = 32, shift: int = 4, seed: int = 0) -> list[Levels]:
    """A smooth picture that goes by from right to left."""
    rng = np.random.default_rng(seed)
    size = (width + shift * (count - 1), height)
    small = Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8))
    whole = np.asarray(small.resize(size, Image.Resampling.BICUBIC))
    return [np.ascontiguousarray(whole[:, number * shift : number * shift + width]) for number in range(count)]


def write_animation(path: Path, frames: Sequence[Levels], times: Sequence[int], **options: Any) -> Path:
    """As Pillow writes it; without `loop` a GIF plays once."""
    first, *others = [Image.fromarray(frame) for frame in frames]
    first.save(path, save_all=True, append_images=others, duration=list(times), **options)
    return path


def read_animation(path: Path) -> tuple[list[NDArray[np.uint8]], list[int], object]:
    """Frames (H, W, 4), their times, and the loop count."""
    frames, times = [], []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            frames.append(np.asarray(image.convert("RGBA")).copy())
            times.append(image.info.get("duration", 0))
        return frames, times, image.info.get("loop")


def get_ffmpeg_exe() -> str:
    return "ffmpeg"


def write_frames(
    path: str, size: tuple[int, int], *, fps: float, output_params: list[str], **_: Any
) -> Generator[None, Any]:
    """The interface of imageio-ffmpeg: started by None, a frame at a time sent to it, written when it is closed."""
    frames: list[bytes] = []
    try:
        while True:
            frame = yield
            if frame is not None:
                assert frame.shape == (size[1], size[0], 3)
                frames.append(frame.tobytes())
    finally:
        facts = json.dumps({"fps": fps, "size": size, "params": output_params})
        Path(path).write_bytes(boxes(ftyp=b"isom", moov=facts.encode(), mdat=b"".join(frames)))


def read_frames(path: str, pix_fmt: str) -> Generator[Any]:
    """The interface of imageio-ffmpeg: first what is known of the film, then the bytes of each frame."""
    assert pix_fmt == "rgb24"
    facts, data = mp4_parts(Path(path))
    if "size" not in facts:
        raise OSError("no film")
    length = facts["size"][0] * facts["size"][1] * 3
    yield {"fps": facts["fps"], "size": tuple(facts["size"]), "audio_codec": facts.get("audio", "")}
    for start in range(0, len(data), length):
        yield data[start : start + length]


def boxes(**contents: bytes) -> bytes:
    """As an MP4 is made of."""
    return b"".join((8 + len(data)).to_bytes(4, "big") + name.encode() + data for name, data in contents.items())


def mp4_parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """What `write_frames` has written: facts, and the frames' bytes."""
    data, found, place = path.read_bytes(), {}, 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        found[data[place + 4 : place + 8]] = data[place + 8 : place + size]
        place += size
    return json.loads(found[b"moov"]), found[b"mdat"]
