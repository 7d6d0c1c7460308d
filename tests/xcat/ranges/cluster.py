"""The cluster whose ranges the real program was asked for."""

from __future__ import annotations

from collections.abc import Callable

from hamn.xcat.ranges.names import Names
from hamn.xcat.ranges.nodes import NodeView

FILES = {
    "/lists/nodes": "# node09\n^/lists/other\nnode01    # first\nnode02:node04\nrack3,node05 node06\n-node01\n",
    "/lists/other": "node12\n",
    "/lists/wrong": "node01\nnosuch\n",
}


def tables() -> dict[str, list[dict[str, str]]]:
    racks = [(f"node{number:02d}", f"compute,rack{(number + 3) // 4}") for number in range(1, 13)]
    plain = [(f"n{number:02d}", "compute") for number in range(1, 4)]
    frames = [(f"f{frame}n{number}", "frame") for frame in (1, 2) for number in (1, 2, 3)]
    return {
        "nodelist": [{"node": node, "groups": f"{groups},all"} for node, groups in racks + plain + frames],
        "nodehm": [{"node": node, "mgt": "ipmi"} for node, _ in plain] + [{"node": "frame", "mgt": "hmc"}],
        "nodegroup": [
            {"groupname": "dyn", "grouptype": "dynamic", "members": "dynamic", "wherevals": "mgt==hmc"},
            {"groupname": "both", "grouptype": "dynamic", "wherevals": "mgt==hmc::groups=~frame::node=~^f2"},
            {"groupname": "compute", "grouptype": "static", "members": "static"},
        ],
    }


def names(read: Callable[[str], str | None] = FILES.get, excluded: str = "") -> Names:
    return Names(NodeView(tables()), read, excluded)
