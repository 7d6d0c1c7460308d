"""Commands on tables as they are: rows in, rows out."""

from collections.abc import Mapping
from types import MappingProxyType

from hamn.xcat.commands.tabular.chtab import chtab
from hamn.xcat.commands.tabular.gettab import gettab
from hamn.xcat.commands.tabular.tabdump import tabdump
from hamn.xcat.commands.tabular.tabedit import tabedit
from hamn.xcat.commands.tabular.tabgrep import tabgrep
from hamn.xcat.commands.tabular.tabprune import tabprune
from hamn.xcat.commands.tabular.tabrestore import tabrestore
from hamn.xcat.commands.tabular.whole import dump_all, restore_all
from hamn.xcat.commands.world import Command

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "chtab": chtab,
        "dumpxCATdb": dump_all,
        "gettab": gettab,
        "restorexCATdb": restore_all,
        "tabdump": tabdump,
        "tabedit": tabedit,
        "tabgrep": tabgrep,
        "tabprune": tabprune,
        "tabrestore": tabrestore,
    }
)
