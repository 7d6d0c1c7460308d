"""Commands on tables as they are: rows in, rows out."""

from collections.abc import Mapping
from types import MappingProxyType

from hamn.xcat.commands.tabular.tabdump import tabdump
from hamn.xcat.commands.world import Command

TABULAR: Mapping[str, Command] = MappingProxyType({"tabdump": tabdump})
