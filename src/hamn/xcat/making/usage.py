"""How each making command is called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

USAGE: Mapping[str, str] = MappingProxyType(
    {
        "makehosts": """\
Usage: makehosts [-V|--verbose] [-n|--new] [noderange] [-l|--longnamefirst] [-o|--othernamesfirst] \
[-a|--adddomaintohostnames] [-m|--mactolinklocal]
       makehosts [-V|--verbose] [-d|--delete] noderange
       makehosts [-h|--help]""",
        "makedns": """\
Usage: makedns [-V|--verbose] [-n|--new] [-a|--all] [noderange]
       makedns [-V|--verbose] [-d|--delete] noderange
       makedns [-h|--help]""",
        "makedhcp": """\
Usage: makedhcp -n [-l|--localonly]
       makedhcp -a [-d] [-l|--localonly]
       makedhcp [-d] noderange [-l|--localonly]
       makedhcp noderange [-s statements] [-l|--localonly]
       makedhcp -q noderange
       makedhcp [-h|--help]""",
        "makeconservercf": """\
Usage: makeconservercf [-V|--verbose] [-t|--trust=hosts] [noderange]
       makeconservercf [-V|--verbose] [-d|--delete] noderange
       makeconservercf [-l|--local] [-c|--conserver] [-C|--cleanup]
       makeconservercf [-h|--help|-v|--version]""",
        "makegocons": """\
Usage: makegocons [-V|--verbose] [-d|--delete] [-q|--query] [noderange]
       makegocons [-C|--cleanup]
       makegocons [-h|--help|-v|--version]""",
        "regenerate": """\
Usage: hamn xcat regenerate
       hosts, DNS, DHCP and consoles from one reading of the tables; daemons that run are told""",
        "compare": """\
Usage: hamn xcat compare
       exit status 1 if hosts, DNS, DHCP or consoles on this machine don't match the tables""",
    }
)
