"""Addresses and names as texts, read fast and strictly: a cluster has 100,000 of each."""

from __future__ import annotations

import re
import socket

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z").match
_MAC = re.compile(r"[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5}\Z", re.IGNORECASE).match
_CANONICAL_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\Z").match
_WORD = re.compile(r"[A-Za-z0-9_.:@-]+\Z").match
_PATH = re.compile(r"/[A-Za-z0-9_.,:@+=/-]*\Z").match
_NO_HEX = re.compile(r"[:-]")


def packed(text: str) -> bytes | None:
    """4 or 16 bytes in network order; None if it is no address. No leading zeros, no zone, no short forms of
    IPv4."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, UnicodeError, ValueError):
        return None


def is_host_name(text: str) -> bool:
    """RFC 1123, and '_' which /etc/hosts has always had."""
    return _HOST_NAME(text) is not None


def is_word(text: str) -> bool:
    """What needs no quotes in any of the files: an interface, a method, a port."""
    return _WORD(text) is not None


def is_path(text: str) -> bool:
    return _PATH(text) is not None


def mac(text: str) -> str:
    """Lower case, with colons; empty if it is no Ethernet address. Dashes or nothing between the pairs will do."""
    if _CANONICAL_MAC(text):
        return text
    if not _MAC(text):
        return ""
    digits = _NO_HEX.sub("", text).lower()
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}:{digits[6:8]}:{digits[8:10]}:{digits[10:]}"


def words(text: str) -> list[str]:
    """A list in a column: separated by commas, semicolons or blanks."""
    return text.replace(",", " ").replace(";", " ").split()
