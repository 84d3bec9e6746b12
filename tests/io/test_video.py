"""MP4 through the optional ffmpeg."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from artgan.errors import UsageError
from artgan.io.video import encode_mp4, require_video


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    return str(pytest.importorskip("imageio_ffmpeg", reason="the extra video is not installed").get_ffmpeg_exe())


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)  # type: ignore[arg-type]  # makes its import fail
    with pytest.raises(UsageError, match=r"pip install 'artgan\[video\]'"):
        require_video()


@pytest.mark.parametrize("shapes", [[], [(4, 4, 3), (4, 5, 3)]])
def test_frames_must_be_there_and_of_one_size(shapes: list[tuple[int, ...]], stand_in_ffmpeg: ModuleType) -> None:
    with pytest.raises(ValueError, match="all of one size"):
        encode_mp4([np.zeros(shape, dtype=np.uint8) for shape in shapes], fps=24)


def test_frames_come_back_in_order(ffmpeg: str, tmp_path: Path) -> None:
    frames = [np.full((33, 47, 3), value, dtype=np.uint8) for value in range(20, 240, 20)]
    path = tmp_path / "a.mp4"
    path.write_bytes(encode_mp4(frames, fps=12, receipt={"seeds": "1-2"}))
    command = [ffmpeg, "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
    back = raw.reshape(len(frames), 34, 48, 3)
    assert np.abs(back.mean((1, 2, 3)) - [frame.mean() for frame in frames]).max() < 4
    told = subprocess.run([ffmpeg, "-i", str(path)], capture_output=True, text=True, check=False).stderr
    assert '{"artgan":{"seeds":"1-2"}}' in told
    assert "12 fps" in told
