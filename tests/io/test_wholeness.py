from io import BytesIO

import pytest

from artgan.io.wholeness import gif_is_whole, mp4_is_whole, webp_is_whole

from film_files import boxes

GIF = (
    b"GIF89a\x01\0\x01\0\x80\0\0" + bytes(6)  # one pixel, two colours
    + b"!\xf9\x04\0\x05\0\0\0"  # shown for a moment
    + b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;"
)  # fmt: skip


def test_a_gif_ends_with_its_trailer() -> None:
    assert gif_is_whole(BytesIO(GIF))
    assert gif_is_whole(BytesIO(GIF + b"appended by a camera"))
    for length in range(len(GIF)):
        assert not gif_is_whole(BytesIO(GIF[:length]))
    stray = GIF[:19] + b"\0\0" + GIF[19:]
    assert gif_is_whole(BytesIO(stray))
    assert not gif_is_whole(BytesIO(stray[:-1]))


def test_a_webp_is_as_long_as_it_says() -> None:
    data = b"RIFF\x06\0\0\0WEBP12"
    assert webp_is_whole(BytesIO(data))
    assert webp_is_whole(BytesIO(data + b"more"))
    assert not webp_is_whole(BytesIO(data[:-1]))
    assert not webp_is_whole(BytesIO(b"RI"))


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (boxes(ftyp=b"isom", moov=b"x", mdat=b"yz"), True),
        (boxes(ftyp=b"isom", moov=b"x", mdat=b"yz")[:-1], False),
        (boxes(ftyp=b"isom", mdat=b"yz"), False),
        (boxes(moov=b"x") + b"\0\0\0\0mdatyz", True),
        (boxes(moov=b"x") + b"\0\0\0\x01mdat" + (18).to_bytes(8, "big") + b"yz", True),
        (boxes(moov=b"x") + b"\0\0\0\x01mdat" + (19).to_bytes(8, "big") + b"yz", False),
        (boxes(moov=b"x") + b"\0\0\0\x04mdat", False),
        (b"", False),
    ],
)
def test_the_boxes_of_an_mp4_end_with_the_file(data: bytes, whole: bool) -> None:
    assert mp4_is_whole(BytesIO(data)) is whole
