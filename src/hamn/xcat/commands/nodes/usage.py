"""How each command on nodes is called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

USAGE: Mapping[str, str] = MappingProxyType(
    {
        "nodels": """\
Usage: nodels [noderange] [-b|--blame] [-H|--with-fieldname] [-S] [table.column | shortname] [...]
       nodels [noderange] [-H|--with-fieldname] [table]
       nodels [-h|--help|-v|--version]""",
        "nodeadd": """\
Usage: nodeadd <noderange> groups=<groupnames> [table.column=value] [...]
       nodeadd [-h|--help|-v|--version]""",
        "nodech": """\
Usage: nodech <noderange> table.column=value [...]
       nodech {-d|--delete} <noderange> <table> [...]
       nodech [-h|--help|-v|--version]""",
        "nodegrpch": """\
Usage: nodegrpch <group1,group2,...> table.column=value [...]
       nodegrpch [-h|--help|-v|--version]""",
        "noderm": """\
Usage: noderm <noderange>
       noderm [-h|--help]""",
    }
)
