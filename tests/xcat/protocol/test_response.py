"""Responses are written as the real server was seen to write them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.conversation import Answer
from hamn.xcat.protocol import frames, markup, response

SAMPLES = Path(__file__).parent / "samples"
SITE = Path(SAMPLES / "tabdump-site.response.xml")


def sample(name: str) -> str:
    """Without the count of nodes, which no client reads and this server doesn't send."""
    lines = (SAMPLES / f"{name}.response.xml").read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if "<numofnodes>" not in line)
    return text.replace("<xcatresponse>\n  <xcatdsource>xcatmn</xcatdsource>\n</xcatresponse>\n", "")


SAID = {
    "chdef-t-site": [Answer("info", "1 object definitions have been created or modified.")],
    "lsdef-error": [
        Answer("error", "Could not find an object named 'nosuch' of type 'node'.", errorcode=1),
        Answer("info", "No object definitions have been found"),
    ],
    "lsdef-t-site-i-master": [
        Answer("info", "Object name: clustersite"),
        Answer("info", "    master=10.1.0.1"),
    ],
    "nodels-two-nodes": [Answer("node", "10.1.1.1", node="n01"), Answer("node", "10.1.1.2", node="n02")],
    "nodels-error": [
        Answer("error", "Invalid nodes and/or groups in noderange: nosuch", errorcode=1, is_sourced=False)
    ],
    "permission-denied": [Answer("error", "Permission denied for request", errorcode=1, is_sourced=False)],
    "unsupported-command": [Answer("error", "Unsupported request", is_sourced=False)],
    "tabdump-site": [
        Answer("data", text)
        for text in markup.read(SITE.read_bytes().split(b"</xcatresponse>")[0] + b"</xcatresponse>").texts("data")
    ],
}


@pytest.mark.parametrize("name", SAID)
def test_as_the_real_server(name: str) -> None:
    assert b"".join(response.written(SAID[name], "xcatmn")).decode() == sample(name)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANSWERS = st.builds(
    Answer,
    kind=st.sampled_from(["data", "info", "warning", "error", "node"]),
    text=TEXTS,
    node=st.sampled_from(["n1", "n2"]),
    errorcode=st.sampled_from([0, 0, 1, 4]),
)


def passed(text: str) -> str:
    """What XML can't say is said with a question mark."""
    return "".join("?" if (c < " " and c not in "\t\n\r") or c == "\x7f" else c for c in text)


@given(st.lists(ANSWERS, max_size=30))
def test_what_is_written_can_be_read(answers: list[Answer]) -> None:
    documents = list(response.written(answers, "mn"))
    cut = frames.Frames(frames.RESPONSE, 1 << 20)
    assert list(cut.feed(b"".join(documents))) == [document.rstrip() for document in documents]
    read = [markup.read(document) for document in documents]
    assert [document.has("serverdone") for document in read] == [False] * (len(read) - 1) + [True]
    texts = []
    for document in read:
        for child in document.children:
            if child.name == "node":
                texts += child.texts("error")
                texts += [data.first("contents") for data in child.children if data.name == "data"]
            elif child.name in ("data", "info", "warning", "error"):
                texts.append(child.text)
    assert texts == [passed(answer.text) for answer in answers]


@given(st.binary(max_size=50))
def test_bytes_that_are_no_text_pass_through(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    (document, _) = response.written([Answer("data", text)], "mn")
    assert markup.read(document).first("data") == passed(text)


def test_a_long_answer_is_read_in_parts() -> None:
    documents = list(response.written([Answer("info", str(i)) for i in range(5000)], "mn"))
    assert len(documents) > 2
    said = [text for document in documents for text in markup.read(document).texts("info")]
    assert said == [str(i) for i in range(5000)]
