"""What is read is plain; what isn't is refused, in time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.protocol import markup

BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><xcatrequest><arg>&c;</arg></xcatrequest>'


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        b"<a>&b;</a>",
        b"<a>&#0;</a>",
        b"<a>&#xD800;</a>",
        b"<a>& b</a>",
        b"<a b='c'></a>",
        b"<a><b></a></b>",
        b"<a>",
        b"</a>",
        b"<a></a><b></b>",
        b"",
        b"text",
        b"<a><!-- </a>",
        b"<" * 100,
        b"<a>" * 100 + b"</a>" * 100,
    ],
)
def test_refused(document: bytes) -> None:
    with pytest.raises(markup.BadMarkup):
        markup.read(document)


@pytest.mark.parametrize("depth", [1, markup.DEPTH - 1])
def test_as_deep_as_one_may_go(depth: int) -> None:
    assert markup.read(b"<a>" * depth + b"</a>" * depth).name == "a"


def test_what_other_clients_write() -> None:
    document = b"<?xml version='1.0'?>\n<!-- x --><r><a>1 &lt; 2</a><a/><b><![CDATA[<&>]]></b>"
    read = markup.read(document + b"<c>&#228;&#xe4;&apos;</c></r>")
    assert (read.texts("a"), read.first("b"), read.first("c")) == (["1 < 2", ""], "<&>", "ää'")


def test_layout_is_no_text() -> None:
    read = markup.read(b"<r>\n  <node>\n    <name>n1</name>\n  </node>\n</r>")
    assert (read.text, read.children[0].text, read.children[0].first("name")) == ("", "", "n1")


@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            [b"<", b">", b"/", b"a", b"&", b";", b"<a>", b"</a>", b"<!--", b"<![CDATA[", b"]]>", b"#1"]
        ),
        max_size=30,
    ).map(b"".join)
)
def test_anything_is_read_or_refused(document: bytes) -> None:
    try:
        markup.read(document)
    except markup.BadMarkup as wrong:
        assert str(wrong)


@pytest.mark.parametrize("piece", [b"<!--", b"<![CDATA[", b"<?", b"&", b"<a", b"<a>x", b"</a>"])
def test_a_long_document_costs_no_more_than_its_length(piece: bytes) -> None:
    """A reader that looks twice at each byte would still be at it when the suite's limit comes."""
    with pytest.raises(markup.BadMarkup):
        markup.read(b"<r>" + piece * 1_000_000)


@given(st.text())
def test_escaped_and_back(text: str) -> None:
    text = text.replace("\0", "")
    assert markup.unescaped(markup.escaped(text)) == "".join(
        "?" if (c < " " and c not in "\t\n\r") or c == "\x7f" else c for c in text
    )
