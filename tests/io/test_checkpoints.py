import os
import stat
from pathlib import Path

import pytest
import torch

from artgan.errors import OutputError, WeightsError
from artgan.io.checkpoints import load_tensors, read_metadata, save_tensors


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_tensors(path, {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(2, dtype=torch.bfloat16)}, {"seed": "7"})
    return path


def test_what_is_saved_is_loaded(saved: Path) -> None:
    tensors, metadata = load_tensors(saved)
    assert metadata == read_metadata(saved) == {"seed": "7"}
    assert torch.equal(tensors["a"], torch.arange(6.0).view(2, 3))
    assert tensors["b"].dtype == torch.bfloat16


def test_transposed_and_channels_last_tensors_keep_their_values(tmp_path: Path) -> None:
    picture = torch.rand(1, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    matrix = torch.rand(3, 4).T.requires_grad_()
    save_tensors(tmp_path / "x", {"picture": picture, "matrix": matrix}, {})
    tensors, metadata = load_tensors(tmp_path / "x")
    assert torch.equal(tensors["picture"], picture)
    assert torch.equal(tensors["matrix"], matrix)
    assert metadata == {}


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_file_mode_follows_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        save_tensors(tmp_path / "x", {"a": torch.zeros(1)}, {})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode


def test_saving_replaces_and_leaves_nothing_beside(saved: Path) -> None:
    save_tensors(saved, {"a": torch.zeros(1)}, {})
    assert list(load_tensors(saved)[0]) == ["a"]
    assert list(saved.parent.glob(".artgan-*")) == []


def test_saving_below_a_file_is_one_line(saved: Path) -> None:
    with pytest.raises(OutputError, match="a folder of its path is a file"):
        save_tensors(saved / "x", {"a": torch.zeros(1)}, {})


@pytest.mark.parametrize("kept", [20, 100, -1], ids=["in the header", "in the metadata", "in the tensors"])
def test_truncated(saved: Path, kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=r"truncated; fetch or write it again$"):
        load_tensors(saved)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        bytes(64),
        b"\x02" + bytes(7) + b"[]",
        b"\x09" + bytes(7) + b'{"a": {}}',
    ],
)
@pytest.mark.parametrize("read", [load_tensors, read_metadata])
def test_not_safetensors(tmp_path: Path, content: bytes, read: object) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"x.safetensors': it is not a safetensors file$"):
        read(path)  # type: ignore[operator]


def test_header_that_lies_about_the_shape(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}'
    path = tmp_path / "x.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(WeightsError, match="header is damaged"):
        load_tensors(path)


def test_missing_file_names_the_nearest(saved: Path) -> None:
    with pytest.raises(WeightsError, match=r"no such file. Did you mean 'model.safetensors'\?"):
        load_tensors(saved.with_name("modle.safetensors"))


def test_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is a directory"):
        load_tensors(tmp_path)
