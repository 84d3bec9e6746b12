"""TFRecord files without TensorFlow: checked frames by hand, `tf.train.Example` through protobuf.

A file is a row of frames: the length of the data (uint64, little-endian), the masked CRC32C of those 8 bytes (uint32),
the data, the masked CRC32C of the data (tensorflow.org/tutorials/load_data/tfrecord). The data of an Example is a
protobuf message, a map from feature names to lists of bytes, floats or integers; its descriptor is built here.
"""

import math
import re
import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from artgan.errors import PictureError
from artgan.io.files import MAX_BYTES, quoted

Features = Mapping[str, Sequence[bytes] | Sequence[float] | Sequence[int]]
"""The lists of an Example, by feature name."""

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
_MASK = 0xA282EAD8
_NAME = re.compile(r"\.tfrec(ords?)?(-\d+-of-\d+)?(\.gz)?$", re.IGNORECASE)
_LONGEST_FEATURE = 2**14

_PICTURE_NAMES = ("image", "image_raw", "image/encoded", "jpg", "jpeg", "png", "image_bytes", "img")
_PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8", b"II*\0", b"MM\0*", b"BM")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One record of a file: where its frame begins, and how many bytes of data it announces."""

    offset: int
    length: int


def is_tfrecord(path: Path) -> bool:
    """Whether the name is one of a TFRecord file: x.tfrec, x.tfrecord, x.tfrecords, x.tfrecord-00001-of-00008."""
    return _NAME.search(path.name) is not None


def frames(path: Path) -> Iterator[Frame]:
    """The frames of a file, found by their lengths; their data is not looked at.

    Where the frames cannot be followed any further, because a length is damaged or the file ends early, a last
    frame stands for all that is lost: `read_record` tells why.

    Raises:
        PictureError: the file cannot be read, or is compressed.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            if stream.read(3) == b"\x1f\x8b\x08":
                raise PictureError(f"cannot read {quoted(path)}: it is compressed by gzip; unpack it first (gzip -d)")
            offset = 0
            while offset < size:
                stream.seek(offset)
                length = _length(stream, size - offset)
                if isinstance(length, str):
                    yield Frame(offset=offset, length=0)
                    return
                yield Frame(offset=offset, length=length)
                offset += _HEADER.size + length + _FOOTER.size
    except OSError as error:
        raise PictureError(f"cannot read {quoted(path)}: {(error.strerror or str(error)).lower()}") from error


def read_record(path: Path, frame: Frame, label: str) -> bytes:
    """The data of a frame, both checksums verified; `label` names the record in errors.

    Raises:
        PictureError: a checksum is wrong, the file ends early, the record is longer than MAX_BYTES, or the file
            cannot be read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            stream.seek(frame.offset)
            length = _length(stream, size - frame.offset)
            if isinstance(length, str):
                raise PictureError(f"cannot read {label}: {length}; it and all behind it in the file are lost")
            if length > MAX_BYTES:
                raise PictureError(f"cannot read {label}: the record is longer than {MAX_BYTES // 2**20} MiB")
            data = stream.read(length)
            footer = stream.read(_FOOTER.size)
    except OSError as error:
        raise PictureError(f"cannot read {label}: {(error.strerror or str(error)).lower()}") from error
    if len(data) != length or len(footer) != _FOOTER.size or _FOOTER.unpack(footer)[0] != masked_crc(data):
        raise PictureError(f"cannot read {label}: the checksum of the record is wrong, its data is damaged")
    return data


def masked_crc(data: bytes) -> int:
    """CRC32C of `data`, rotated right by 15 bits and added to a constant, as the format has it."""
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF


def parse_example(data: bytes, label: str) -> dict[str, list[bytes] | list[float] | list[int]]:
    """The features of a `tf.train.Example`, by name in alphabetical order, each a list as it is stored.

    Raises PictureError, which calls it `label`, when `data` is no such message.
    """
    example: Any = example_class()()
    try:
        example.ParseFromString(data)
    except DecodeError as error:
        raise PictureError(f"cannot read {label}: the record is no tf.train.Example") from error
    features: dict[str, list[bytes] | list[float] | list[int]] = {}
    for name in sorted(example.features.feature):
        feature = example.features.feature[name]
        kind = feature.WhichOneof("kind")
        features[name] = list(getattr(feature, kind).value) if kind else []
    return features


def picture_feature(features: Features) -> str | None:
    """The name of the feature that holds the encoded picture; None when there is none.

    The usual names come first ("image", "image_raw", "image/encoded", ...), then any feature that begins as a
    picture file does.
    """
    held = {name: values[0] for name, values in features.items() if values and isinstance(values[0], bytes)}
    usual = [name for name in _PICTURE_NAMES if name in held]
    for name in (*usual, *held):
        if held[name].startswith(_PICTURE_STARTS) or held[name][4:8] == b"ftyp":
            return name
    return usual[0] if usual else None


def json_features(features: Features) -> dict[str, Any]:
    """Features as a manifest keeps them: a list of one as its value, bytes as text where they are UTF-8.

    Other bytes become {"base64": ...}, numbers that are not finite their names ("nan", "inf"). Of a feature of more
    than 16 KiB, such as a second picture, its length and hash are kept: {"bytes": 70000, "sha256": ...}.
    """
    return {name: _json_feature(values) for name, values in features.items()}


@cache
def example_class() -> type[Any]:
    """The protobuf class of `tf.train.Example`, of a descriptor that is built here, in a pool of its own."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tensorflow", syntax="proto3")
    for name, kind in (("Bytes", field.TYPE_BYTES), ("Float", field.TYPE_FLOAT), ("Int64", field.TYPE_INT64)):
        values = file.message_type.add(name=f"{name}List")
        values.field.add(name="value", number=1, type=kind, label=field.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, name in enumerate(("Bytes", "Float", "Int64"), start=1):
        kept = feature.field.add(name=f"{name.lower()}_list", number=number, type=field.TYPE_MESSAGE)
        kept.label, kept.type_name, kept.oneof_index = field.LABEL_OPTIONAL, f".tensorflow.{name}List", 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    value = entry.field.add(name="value", number=2, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL)
    value.type_name = ".tensorflow.Feature"
    entries = features.field.add(name="feature", number=1, type=field.TYPE_MESSAGE, label=field.LABEL_REPEATED)
    entries.type_name = ".tensorflow.Features.FeatureEntry"
    example = file.message_type.add(name="Example")
    held = example.field.add(name="features", number=1, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL)
    held.type_name = ".tensorflow.Features"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


def _json_feature(values: Sequence[bytes] | Sequence[float] | Sequence[int]) -> Any:
    raw = b"".join(v if isinstance(v, bytes) else struct.pack("<q" if isinstance(v, int) else "<f", v) for v in values)
    if len(raw) > _LONGEST_FEATURE:
        return {"bytes": len(raw), "sha256": sha256(raw).hexdigest()}
    listed = [_json_value(value) for value in values]
    return listed[0] if len(listed) == 1 else listed


def _json_value(value: bytes | float | int) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return {"base64": b64encode(value).decode("ascii")}
    return value if math.isfinite(value) else str(value)


def _length(stream: BinaryIO, remaining: int) -> int | str:
    """The length that the frame at the stream's position announces; in words what is wrong, when it cannot be so.

    It is taken for true only when its own checksum is right and the file is long enough for it.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return "the file ends in the middle of a record"
    length, crc = _HEADER.unpack(header)
    if crc != masked_crc(header[:8]):
        return "the length of the record is damaged, or this is no TFRecord file"
    if length + _HEADER.size + _FOOTER.size > remaining:
        return "the file ends in the middle of a record"
    return int(length)
