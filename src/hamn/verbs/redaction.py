"""Texts without what is secret in them.

Every text is cleaned twice. The first time only tells what the secrets are; the second time they go wherever they
stand, also where nothing beside them tells. A password file is never read by anybody who makes an archive: what
it holds can only be there as somebody else's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hamn.verbs.telling import is_telling, secrets_in

REMOVED = "(removed)"
HUNTED_LENGTH = 6
"""A secret shorter than this, or of letters alone, is taken out where it is told, but not elsewhere: it may be
any word."""


class Redaction:
    """`learn` every text, then `clean` every text."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._hunted = re.compile(r"(?!)")

    def learn(self, tree: Any) -> None:
        self._tree(tree)
        longest_first = sorted(self._known, key=len, reverse=True)
        self._hunted = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def clean(self, tree: Any) -> Any:
        """The same text, or tree of dicts, lists and texts, without secrets. JSON stays JSON."""
        return self._tree(tree)

    def _tree(self, tree: Any) -> Any:
        if isinstance(tree, str):
            return self._text(tree)
        if isinstance(tree, Mapping):
            return {self._plain(str(key)): self._under(str(key), value) for key, value in tree.items()}
        if isinstance(tree, list | tuple):
            return [self._item(tree, number) for number in range(len(tree))]
        return tree

    def _under(self, key: str, value: Any) -> Any:
        if is_telling(key) and value not in (None, "", True, False):
            self._forget(value)
            return REMOVED
        return self._tree(value)

    def _item(self, items: list[Any] | tuple[Any, ...], number: int) -> Any:
        """A word of an argv is judged by the program and by the option before it, and goes as a whole."""
        item = items[number]
        if not isinstance(item, str) or not isinstance(items[0], str):
            return self._tree(item)
        if item and number and _wants_secret(items[0], items[number - 1] if number > 1 else ""):
            self._forget(item if not item.startswith("-") else "")
            return REMOVED
        key, is_option, value = item.partition("=")
        return f"{key}={self._under(key, value)}" if is_option and key.startswith("-") else self._text(item)

    def _text(self, text: str) -> str:
        """JSON by what it means, as a whole or line by line: an escaped quote ends no secret."""
        whole = _parsed(text)
        if whole is not None:
            return _dumped(self._tree(whole), text)
        out: list[str] = []
        plain: list[str] = []
        for line in text.splitlines(keepends=True):
            value = _parsed(line)
            if value is None:
                plain.append(line)
            else:
                out += [self._plain("".join(plain)), _dumped(self._tree(value), line)]
                plain.clear()
        return "".join([*out, self._plain("".join(plain))])

    def _plain(self, text: str) -> str:
        out, at = [], 0
        for start, end in secrets_in(text):
            secret = text[start:end]
            self._forget(secret)
            quote = secret[0] if secret[0] in "\"'" else ""
            out += [text[at:start], quote, REMOVED, quote, "\n" * secret.count("\n")]
            at = end
        return self._hunted.sub(REMOVED, "".join([*out, text[at:]]))

    def _forget(self, secret: Any) -> None:
        if isinstance(secret, Mapping | list | tuple):
            for value in secret.values() if isinstance(secret, Mapping) else secret:
                self._forget(value)
            return
        bare = str(secret).strip().strip("\"'").strip()
        varied = any(c.isalpha() for c in bare) and any(not c.isalpha() and not c.isspace() for c in bare)
        if len(bare) >= HUNTED_LENGTH and varied and REMOVED not in bare and not bare.startswith("/"):
            self._known.add(bare)


def _wants_secret(program: str, option: Any) -> bool:
    """Whether the word after it, whatever that is, would be taken for a secret."""
    before = f"{program} {option} "
    one_word = isinstance(option, str) and not re.search(r"\s", option)
    return one_word and any(start == len(before) for start, _ in secrets_in(before + "word"))


def _parsed(text: str) -> Any:
    """None for what is no object or list: a number alone is text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _dumped(value: Any, like: str) -> str:
    return json.dumps(value, indent=1 if "\n" in like.strip() else None) + "\n" * like.endswith("\n")
