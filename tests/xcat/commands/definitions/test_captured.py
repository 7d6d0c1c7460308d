"""Requests as the real client sent them get the real daemon's answers, as far as any client reads them."""

from pathlib import Path

import pytest

from hamn.xcat.commands import COMMANDS
from hamn.xcat.daemon import asked
from hamn.xcat.daemon.asked import Peer
from hamn.xcat.protocol import frames, markup, response
from hamn.xcat.protocol.markup import Element
from tests.xcat import protocol
from tests.xcat.commands.definitions.cluster import Cluster

SAMPLES = Path(protocol.__file__).parent / "samples"


def said(data: bytes) -> list[tuple[str, str]]:
    """Every piece with its kind, in order; a text of several lines is as good as several texts."""
    found: list[tuple[str, str]] = []
    for document in frames.Frames(frames.RESPONSE, 1 << 20).feed(data):
        for one in markup.read(document).children:
            found += _pieces(one)
    return found


def _pieces(one: Element) -> list[tuple[str, str]]:
    if one.name in ("serverdone", "numofnodes", "xcatdsource"):
        return []
    if one.name == "node":
        contents = [child.first("contents") for child in one.children if child.name == "data"]
        return [("node", f"{one.first('name')}: {text}") for text in contents]
    return [(one.name, line) for line in one.text.split("\n")]


@pytest.mark.parametrize(
    "sample",
    ["chdef-t-site", "lsdef-error", "lsdef-t-site-i-master", "nodels-error", "nodels-two-nodes", "tabdump-site"],
)
def test_a_captured_request_gets_the_captured_answer(mn: Cluster, sample: str) -> None:
    document = (SAMPLES / f"{sample}.request.xml").read_bytes()
    request = asked.read(markup.read(document), Peer("root", "127.0.0.1")).request
    answers = COMMANDS[request.command](request, mn.world)
    assert said(b"".join(response.written(answers, "xcatmn"))) == said(
        (SAMPLES / f"{sample}.response.xml").read_bytes()
    )
