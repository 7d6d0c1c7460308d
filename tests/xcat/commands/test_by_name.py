"""Commands are found by name, and a program that runs one of them imports no other's."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hamn.xcat.commands as package
from hamn.xcat.commands import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_each_name_is_a_command(name: str) -> None:
    assert callable(COMMANDS[name])


def test_no_command_is_without_a_name() -> None:
    from hamn.xcat.commands import definitions, lsxcatd, made, noderange, nodes, tabular

    everything = [module.COMMANDS for module in (definitions, lsxcatd, made, noderange, nodes, tabular)]
    assert sorted(COMMANDS) == sorted(name for some in everything for name in some)
    assert "nosuch" not in COMMANDS
    assert package.COMMANDS.get("nosuch") is None


def test_one_command_is_not_all_of_them() -> None:
    program = "import sys; from hamn.xcat.commands import COMMANDS; COMMANDS['chtab']; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(found.stdout.split())
    assert "hamn.xcat.commands.tabular.chtab" in imported
    assert not imported & {
        "hamn.xcat.commands.definitions",
        "hamn.xcat.making.commands",
        "hamn.xcat.tables.objects",
    }
