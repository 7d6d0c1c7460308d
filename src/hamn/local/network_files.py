"""The address that a machine gives itself at boot, where it has been the only management node under it.

The address becomes the virtual IP: from then on it is set by whoever takes the role, and by no boot.
"""

from __future__ import annotations

import argparse
import glob
import os
import re
import stat
from collections.abc import Sequence

from hamn.local import file
from hamn.local.duty import Refused, duty

NETWORK_FILES = (
    *("/etc/network/interfaces", "/etc/network/interfaces.d/*", "/etc/netplan/*"),
    *("/etc/sysconfig/network-scripts/ifcfg-*", "/etc/sysconfig/network/ifcfg-*", "/etc/wicked/*"),
    *("/etc/NetworkManager/system-connections/*", "/etc/systemd/network/*"),
    *("/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/boot.local"),
)


def whole(address: str) -> str:
    """The pattern of an address that is no part of a longer one."""
    return rf"(?<![\w.:]){re.escape(address)}(?![\w.:])"


def sets(line: str, address: str) -> bool:
    """Whether it gives an interface that address. A line may name it as a name server (the requirement wants that)
    or a gateway: an interface's address is told by its prefix length, by the key before it, or by the command
    that sets it."""
    if line.lstrip().startswith(("#", ";")):
        return False
    word = whole(address)
    ways = rf"{word}/\d|\b(address|ipaddr\w*|ipv6addr\w*)[\s=\"']+{word}|\b(ifconfig|ip)\s.*{word}"
    return re.search(ways, line, re.IGNORECASE) is not None


def turned(text: str, old: str, own: str) -> str:
    """Where a line sets `old` it sets `own`."""
    return "".join(
        re.sub(whole(old), own, line) if sets(line, old) else line for line in text.splitlines(keepends=True)
    )


def own_address(words: Sequence[str]) -> int:
    """own-address VIRTUAL OWN: no file of the network's sets VIRTUAL at boot; those that did set OWN."""
    parser = argparse.ArgumentParser(prog="hamn-local own-address")
    parser.add_argument("virtual")
    parser.add_argument("own")
    texts = {path: _text(path) for pattern in NETWORK_FILES for path in glob.glob(pattern) if os.path.isfile(path)}

    def wanted(arguments: argparse.Namespace) -> dict[str, str]:
        changed = {path: turned(text, arguments.virtual, arguments.own) for path, text in texts.items()}
        return {path: text for path, text in changed.items() if text != texts[path]}

    def act(arguments: argparse.Namespace) -> None:
        has = [p for p, text in texts.items() if any(sets(line, arguments.own) for line in text.splitlines())]
        if has:
            where = ", ".join(wanted(arguments))
            why = f"{has[0]} sets {arguments.own} already: take {arguments.virtual} out of {where} by hand"
            raise Refused(why)
        for path, text in wanted(arguments).items():
            file.write(path, text.encode(errors="surrogateescape"), stat.S_IMODE(os.stat(path).st_mode))

    return duty(parser, words, lambda arguments: not wanted(arguments), act)


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as opened:
        return opened.read()
