"""A table from a file through everything that stands between two daemons' machines, and back: byte for byte."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.client.asking import Question
from hamn.xcat.client.screen import Screen
from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.daemon import asked
from hamn.xcat.making.machine import Machine
from hamn.xcat.protocol import markup, response
from hamn.xcat.tables import TABLES, Row, dump
from tests.xcat.commands.table_world import Tables

HOSTS = TABLES["hosts"]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

values = (
    st.lists(
        st.sampled_from(['"', ",", "\n", "\r", "\t", " ", "<", "&amp;", "]]>", "é", "\udcff", "\u2028", "#", "n"])
    )
    | st.lists(st.binary(max_size=9).map(lambda data: data.decode(dump.ENCODING, dump.ERRORS)))
).map(lambda parts: _CONTROL.sub("", "".join(parts)))
rows = st.lists(st.dictionaries(st.sampled_from(HOSTS.columns[1:]), values.filter(bool)), max_size=4).map(
    lambda found: [HOSTS.row({"node": f"n{number}", **row}) for number, row in enumerate(found)]
)


class Paper(Screen):
    printed = b""

    def print(self, lines: list[str]) -> None:
        self.printed += "".join(line + "\n" for line in lines).encode(dump.ENCODING, dump.ERRORS)


Ask = Callable[..., tuple[int, bytes]]


@pytest.fixture(scope="module")
def ask(first_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    tables = Tables(shutil.copytree(first_tables, tmp_path_factory.mktemp("travelling"), dirs_exist_ok=True))
    world = World(tables.store, Machine.here())

    def ask(command: str, *words: str) -> tuple[int, bytes]:
        document = markup.read(Question(command, words).written({}))
        request = asked.read(document, asked.Peer("root", "mn")).request
        screen = Paper()
        for part in response.written(COMMANDS[command](request, world), "mn"):
            screen.show(markup.read(part))
        return screen.status, screen.printed

    return ask


@given(rows)
def test_a_table_survives_its_travels(ask: Ask, tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = Path(tmp_path_factory.getbasetemp(), "hosts.csv")
    text = dump.write(HOSTS, rows).encode(dump.ENCODING, dump.ERRORS)
    path.write_bytes(text)
    assert ask("tabrestore", str(path)) == (0, b"")
    assert ask("tabdump", "hosts") == (0, text)
