"""TFRecords: real ones, written ones, and ones damaged in every byte."""

import math
import struct
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import google_crc32c
import pytest

from artgan.errors import PictureError
from artgan.io.tfrecord import (
    Frame,
    example_class,
    frames,
    is_tfrecord,
    json_features,
    masked_crc,
    parse_example,
    picture_feature,
    read_record,
)

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))


def example(**features: Sequence[bytes] | Sequence[float] | Sequence[int]) -> bytes:
    message = example_class()()
    for name, values in features.items():
        feature = message.features.feature[name]
        kind = {bytes: "bytes_list", float: "float_list", int: "int64_list"}[type(values[0])]
        getattr(feature, kind).value.extend(values)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def framed(*records: bytes) -> bytes:
    parts = []
    for data in records:
        length = struct.pack("<Q", len(data))
        parts += [length, struct.pack("<I", masked_crc(length)), data, struct.pack("<I", masked_crc(data))]
    return b"".join(parts)


def read_all(path: Path) -> list[bytes | str]:
    found: list[bytes | str] = []
    for frame in frames(path):
        try:
            found.append(read_record(path, frame, "'it'"))
        except PictureError as error:
            found.append(str(error))
    return found


def test_the_checksum_is_the_published_one() -> None:
    assert google_crc32c.value(b"123456789") == 0xE3069283  # the check value of CRC32C, RFC 3720
    # By hand: rotated right by 15, plus the constant.
    assert masked_crc(b"123456789") == ((0xE3069283 >> 15 | (0xE3069283 << 17) & 0xFFFFFFFF) + 0xA282EAD8) % 2**32


def test_the_wire_format_is_that_of_tensorflow() -> None:
    # Example{features{feature{key "a", value{int64_list{value: [5]}}}}}, written out by hand.
    by_hand = bytes.fromhex("0a0c 0a0a 0a0161 1205 1a03 0a0105")
    assert example(a=[5]) == by_hand
    assert parse_example(by_hand, "'it'") == {"a": [5]}
    unpacked = bytes.fromhex("0a0b 0a09 0a0161 1204 1a02 0807")  # lists may also be written value by value
    assert parse_example(unpacked, "'it'") == {"a": [7]}


def test_every_feature_comes_back(tmp_path: Path) -> None:
    features = {"image": [JPEG], "label": [-3, 2**62], "box": [0.5, 0.25], "name": ["é".encode(), b""]}
    path = tmp_path / "x.tfrec"
    path.write_bytes(framed(example(**features), b"", example(image=[b"2"])))
    records = read_all(path)
    assert [len(record) for record in records][1] == 0
    assert isinstance(records[0], bytes)
    assert parse_example(records[0], "'it'") == features
    assert list(parse_example(records[0], "'it'")) == sorted(features)


def test_each_damaged_byte_is_noticed(tmp_path: Path) -> None:
    records = [b"first", b"second", b"third"]
    whole = framed(*records)
    path = tmp_path / "x.tfrec"
    first = 12 + 5 + 4
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        found = read_all(path)
        if place < 12:  # the length of the first: all is lost
            assert len(found) == 1, place
            assert "all behind it in the file are lost" in str(found[0])
        elif place < first:
            assert "checksum of the record is wrong" in str(found[0])
            assert found[1:] == records[1:], place
        else:
            assert found[0] == b"first"
            assert found != records


@pytest.mark.parametrize("cut", range(1, 46))
def test_a_file_that_ends_early_keeps_what_is_whole(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.tfrec"
    whole = framed(b"first", b"second!")
    assert len(whole) == 44
    path.write_bytes(whole[:cut])
    found = read_all(path)
    whole_ones = [b"first", b"second!"][: (cut >= 21) + (cut >= 44)]
    assert found[: len(whole_ones)] == whole_ones
    if cut not in (21, 44, 45):
        assert "the file ends in the middle of a record" in str(found[-1])


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**40])
def test_a_length_that_lies_allocates_nothing(tmp_path: Path, length: int) -> None:
    header = struct.pack("<Q", length)
    path = tmp_path / "x.tfrec"
    path.write_bytes(header + struct.pack("<I", masked_crc(header)) + b"x" * 100)
    assert "the file ends in the middle" in str(read_all(path)[0])


def test_a_record_beyond_the_limit_is_refused_and_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.tfrec"
    header = struct.pack("<Q", 2**30 + 1)
    with path.open("wb") as stream:  # sparse: takes no room
        stream.write(header + struct.pack("<I", masked_crc(header)))
        stream.seek(2**30 + 1 + 4, 1)
        stream.write(framed(b"next"))
    found = read_all(path)
    assert "longer than 1024 MiB" in str(found[0])
    assert found[1:] == [b"next"]


def test_compressed_files_are_told(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "x.tfrec.gz"
    path.write_bytes(gzip.compress(framed(b"a")))
    with pytest.raises(PictureError, match="compressed by gzip; unpack it first"):
        list(frames(path))
    with pytest.raises(PictureError, match="no such file"):
        read_record(tmp_path / "none", Frame(offset=0, length=0), "'it'")


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a\x05", JPEG])
def test_other_messages_are_no_examples(data: bytes) -> None:
    with pytest.raises(PictureError, match=r"^cannot read 'it': the record is no tf\.train\.Example$"):
        parse_example(data, "'it'")


@pytest.mark.parametrize(
    ("features", "name"),
    [
        ({"jpg": [JPEG], "image": [JPEG]}, "image"),
        ({"image": [b"cat.jpg"], "image/encoded": [JPEG]}, "image/encoded"),
        ({"image": [3], "thing": [JPEG], "name": [b"x"]}, "thing"),
        ({"image": [b"unknown format"], "name": [b"x"]}, "image"),
        ({"thing": [b"\0\0\0\x20ftypavif"]}, "thing"),
        ({"name": [b"x"], "image": []}, None),
        ({}, None),
    ],
)
def test_which_feature_is_the_picture(features: dict[str, list[bytes]], name: str | None) -> None:
    assert picture_feature(features) == name


def test_features_for_a_manifest() -> None:
    features = {
        "name": [b"Caf\xc3\xa9"],
        "raw": [b"\xff\x00"],
        "n": [7],
        "box": [0.5, math.inf],
        "none": list[int](),
        "mask": [b"m" * 20_000],
    }
    assert json_features(features) == {
        "name": "Café",
        "raw": {"base64": "/wA="},
        "n": 7,
        "box": [0.5, "inf"],
        "none": [],
        "mask": {"bytes": 20_000, "sha256": sha256(b"m" * 20_000).hexdigest()},
    }


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("monet00-60.tfrec", True),
        ("a.TFRecord", True),
        ("train.tfrecords", True),
        ("train.tfrecord-00001-of-00005", True),
        ("a.tfrec.gz", True),
        ("a.tfrec.zip", False),
        ("tfrec.jpg", False),
    ],
)
def test_names(name: str, is_one: bool) -> None:
    assert is_tfrecord(Path(name)) is is_one


def test_the_monets_are_all_there(real_data: Path) -> None:
    count = 0
    for path in sorted((real_data / "monet_tfrec").glob("*.tfrec")):
        for frame in frames(path):
            features = parse_example(read_record(path, frame, "'it'"), "'it'")
            assert set(features) == {"image", "image_name", "target"}
            assert features["target"] == [b"monet"]
            assert picture_feature(features) == "image"
            count += 1
    assert count == 300
