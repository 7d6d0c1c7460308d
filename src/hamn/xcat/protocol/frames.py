"""Cutting a stream of bytes into documents. A document ends at its root's end tag, as the real one has it."""

from __future__ import annotations

from collections.abc import Iterator

REQUEST, RESPONSE = b"xcatrequest", b"xcatresponse"
UNLIKE = 15
"""So many bytes must show what they are: the real one closes on more that don't have the root's start tag."""
_DECLARATION = 256
"""...unless an XML declaration comes first, which it may with other people's clients."""


class NotThis(ValueError):
    """The bytes are no such document."""


class TooLong(ValueError):
    """The document has more bytes than its sender may send."""


class Frames:
    """Feed it bytes, take documents. It never keeps more than `limit` and one read; to look for an end costs no
    more than the bytes that are new."""

    def __init__(self, root: bytes, limit: int) -> None:
        self.limit = limit
        """Bytes of one document; may be raised when more is known about who sends."""
        self._start, self._end = b"<" + root + b">", b"</" + root + b">"
        self._kept = bytearray()
        self._seen = 0

    @property
    def held(self) -> int:
        """Bytes of a document that isn't complete; 0 between documents."""
        return len(self._kept)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The documents that are complete now. Raises NotThis, TooLong: nothing that comes later can be
        trusted."""
        if not self._kept:
            data = data.lstrip()
        self._kept += data
        while (found := self._kept.find(self._end, self._seen)) >= 0:
            end = found + len(self._end)
            self._check(end)
            document = bytes(self._kept[:end])
            del self._kept[:end]
            self._seen = 0
            if self._kept[:1].isspace():
                self._kept = self._kept.lstrip()
            yield document
        self._check(len(self._kept))
        self._seen = max(0, len(self._kept) - len(self._end) + 1)

    def _check(self, length: int) -> None:
        if length > self.limit:
            raise TooLong(f"more than {self.limit} bytes without {self._end.decode()}")
        if length <= UNLIKE:
            return
        allowed = _DECLARATION if self._kept.startswith(b"<?xml") else UNLIKE
        if self._start not in self._kept[: max(allowed, UNLIKE)] and length > allowed:
            raise NotThis(f"no {self._start.decode()} among the first {allowed} bytes")
