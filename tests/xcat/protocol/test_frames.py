"""A stream is cut into the same documents however it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.protocol.frames import REQUEST, Frames, NotThis, TooLong

ONE = b"<xcatrequest><command>x</command></xcatrequest>"


@given(st.lists(st.integers(1, 60), min_size=1), st.sampled_from([b"", b"\n", b" \r\n"]), st.integers(1, 5))
def test_however_it_comes(lengths: list[int], between: bytes, number: int) -> None:
    stream, cut, found = (ONE + between) * number, Frames(REQUEST, 100), []
    while stream:
        for length in lengths:
            found += cut.feed(stream[:length])
            stream = stream[length:]
    assert found == [ONE] * number
    assert cut.held == 0


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + bytes(20), b"<xcatresponse><a></a>"]
)
def test_something_else(data: bytes) -> None:
    with pytest.raises(NotThis):
        list(Frames(REQUEST, 1000).feed(data))


def test_a_declaration_may_come_first() -> None:
    document = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ONE
    assert list(Frames(REQUEST, 1000).feed(document)) == [document]


def test_fifteen_bytes_may_still_become_one() -> None:
    cut = Frames(REQUEST, 1000)
    assert list(cut.feed(ONE[:12])) == []
    assert list(cut.feed(ONE[12:])) == [ONE]


def test_too_long() -> None:
    cut = Frames(REQUEST, 1000)
    with pytest.raises(TooLong):
        for _ in range(100):
            list(cut.feed(b"<xcatrequest>" + b"x" * 100))


def test_without_end_costs_no_more_than_its_length() -> None:
    cut = Frames(REQUEST, 1 << 30)
    list(cut.feed(b"<xcatrequest>"))
    for _ in range(20_000):
        assert list(cut.feed(b"</xcatreques" * 100)) == []
