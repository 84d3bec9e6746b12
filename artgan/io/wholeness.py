"""Whether a file of moving pictures has its end. Decoders pass over a missing one in silence, and give fewer frames."""

from typing import BinaryIO

_EXTENSION, _IMAGE, _TRAILER = b"!", b",", b";"


def gif_is_whole(stream: BinaryIO) -> bool:
    """Whether the blocks of a GIF (GIF89a specification, section 12 on) go on until its trailer."""
    header = stream.read(13)
    if len(header) < 13:
        return False
    _skip_colours(stream, header[10])
    while kind := stream.read(1):
        if kind == _TRAILER:
            return True
        if kind == _EXTENSION:
            stream.read(1)
        elif kind == _IMAGE:
            descriptor = stream.read(9)
            if len(descriptor) < 9:
                return False
            _skip_colours(stream, descriptor[8])
            stream.read(1)
        else:
            continue  # stray bytes between blocks, which decoders pass over
        _skip_blocks(stream)
    return False


def webp_is_whole(stream: BinaryIO) -> bool:
    """Whether a WebP (RFC 9649, section 2.4) is as long as it says."""
    header = stream.read(8)
    length = stream.seek(0, 2)
    return len(header) == 8 and length >= 8 + int.from_bytes(header[4:], "little")


def mp4_is_whole(stream: BinaryIO) -> bool:
    """Whether the boxes of an MP4 (ISO/IEC 14496-12, section 4.2) end where the file does, and its index is there."""
    end = stream.seek(0, 2)
    place, kinds = 0, set()
    while place < end:
        stream.seek(place)
        header = stream.read(16)
        if len(header) < 8:
            return False
        size = int.from_bytes(header[:4], "big")
        if size == 1:  # it does not fit into four bytes
            size = int.from_bytes(header[8:], "big")
        elif size == 0:  # the last one
            size = end - place
        if size < 8:
            return False
        kinds.add(header[4:8])
        place += size
    return place == end and b"moov" in kinds


def _skip_colours(stream: BinaryIO, flags: int) -> None:
    """A colour table, where the flags before it say that there is one."""
    if flags & 0x80:
        stream.read(3 * 2 ** (1 + (flags & 7)))


def _skip_blocks(stream: BinaryIO) -> None:
    """Data in blocks, up to the empty one."""
    while (length := stream.read(1)) and length != b"\0":
        stream.read(length[0])
