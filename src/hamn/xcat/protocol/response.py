"""What a server says back: documents one after another, the last with `serverdone`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hamn.xcat.protocol import markup

if TYPE_CHECKING:
    from hamn.xcat.conversation import Answer

LONGEST = 2_000
"""Answers in one document at most: a client prints a document when it has all of it."""

_DONE = "  <serverdone></serverdone>\n"


def written(answers: Iterable[Answer], source: str, *, is_end: bool = True) -> Iterator[bytes]:
    """Consecutive answers of one kind (and one errorcode) share a document. `source` is the server's short
    name; what no command said goes without. At the end of them all the server says that it is done."""
    run: list[Answer] = []
    for answer in answers:
        if run and (len(run) >= LONGEST or not _are_alike(run[0], answer)):
            yield _document(_body(run), source if run[0].is_sourced else "")
            run = []
        run.append(answer)
    if run and not run[0].is_sourced and is_end:
        yield _document(_body(run) + _DONE)
        return
    if run:
        yield _document(_body(run), source if run[0].is_sourced else "")
    if is_end:
        yield _document(_DONE)


def refused(text: str) -> bytes:
    """What the server says instead of everything else."""
    return _document(markup.elements("error", [text]) + _code(1) + _DONE)


def _are_alike(one: Answer, other: Answer) -> bool:
    return (
        one.kind == other.kind
        and (one.errorcode == other.errorcode or one.kind == "node")
        and one.is_sourced == other.is_sourced
    )


def _body(run: list[Answer]) -> str:
    if run[0].kind == "node":
        return "".join(map(_node, run))
    said = markup.elements(run[0].kind, [answer.text for answer in run])
    code = _code(run[0].errorcode)
    return said + code if run[0].kind < "errorcode" else code + said  # elements stand in the order of their names


def _node(answer: Answer) -> str:
    name = markup.elements("name", [answer.node], "    ")
    if answer.errorcode:
        said = markup.elements("error", [answer.text], "    ") + _code(answer.errorcode, "    ")
    else:
        said = f"    <data>\n{markup.elements('contents', [answer.text], '      ')}    </data>\n"
    return f"  <node>\n{said}{name}  </node>\n"


def _code(errorcode: int, indent: str = "  ") -> str:
    return markup.elements("errorcode", [str(errorcode)], indent) if errorcode else ""


def _document(body: str, source: str = "") -> bytes:
    if source:
        body += markup.elements("xcatdsource", [source])
    return f"<xcatresponse>\n{body}</xcatresponse>\n".encode(markup.ENCODING, markup.ERRORS)
