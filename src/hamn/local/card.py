"""A machine's card: its public ssh keys, for the other machine to know it by.

Whoever carries it vouches for it: it travels through an operator's own login, or over a connection of hamn's that
has proven both ends already. So no host key is ever taken on trust, and no secret leaves its machine.

    hamn-card 1
    machine mn1 10.77.0.11
    host ssh-ed25519 AAAA...
    user ssh-ed25519 AAAA...
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from hamn.local import file
from hamn.local.duty import HOLDS, LACKS, Refused, duty

HEADING = "hamn-card 1"
HOST_KEYS = "/etc/ssh"
KEY = re.compile(r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/=]{16,}")


@dataclass(frozen=True, slots=True)
class Card:
    """`names`: what its sshd is known by. Keys as "TYPE BASE64"."""

    names: tuple[str, ...]
    hosts: tuple[str, ...]
    users: tuple[str, ...]

    def text(self) -> str:
        lines = [HEADING, " ".join(("machine", *self.names))]
        lines += [f"host {key}" for key in self.hosts] + [f"user {key}" for key in self.users]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> Card:
        """Raises ValueError for what is no whole card."""
        first, *lines = text.strip().splitlines() or [""]
        told: dict[str, list[str]] = {"machine": [], "host": [], "user": []}
        for line in lines:
            word, _, rest = line.strip().partition(" ")
            told.setdefault(word, []).append(rest.strip())
        keys = (*told["host"], *told["user"])
        whole = first.strip() == HEADING and len(told) == 3 and all(told.values())
        if not whole or not all(KEY.fullmatch(key) for key in keys):
            raise ValueError("this is no whole card: `hamn setup card` on the other machine prints one")
        return cls(tuple(" ".join(told["machine"]).split()), tuple(told["host"]), tuple(told["user"]))


def home() -> str:
    """Root's own, whatever the surroundings say."""
    return pwd.getpwuid(os.geteuid()).pw_dir


def own(names: Sequence[str] = ()) -> Card:
    """This machine's. A key of root's is made where there is none. Raises OSError, Refused."""
    directory = os.path.join(home(), ".ssh")
    users = _public(directory, "id_")
    if not users:
        os.makedirs(directory, 0o700, exist_ok=True)
        path = os.path.join(directory, "id_ed25519")
        _tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"root@{socket.gethostname()}", "-f", path)
        users = _public(directory, "id_")
    hosts = _public(HOST_KEYS, "ssh_host_")
    if not hosts:
        raise Refused(f"no ssh host key in {HOST_KEYS}: `ssh-keygen -A`, and start sshd")
    return Card(tuple(names) or (socket.gethostname(), *_addresses()), hosts, users)


def _public(directory: str, prefix: str) -> tuple[str, ...]:
    """Only those whose private half is there: another's public key is nobody's here."""
    found = []
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        path = os.path.join(directory, name)
        if name.startswith(prefix) and name.endswith(".pub") and os.path.exists(path.removesuffix(".pub")):
            with open(path, encoding="utf-8", errors="replace") as opened:
                key = KEY.match(opened.read())
            found += [key[0]] if key else []
    return tuple(found)


def _addresses() -> list[str]:
    said = _tool("ip", "-o", "address", "show", "scope", "global")
    return re.findall(r"\binet6? ([0-9a-fA-F.:]+)", said)


def _tool(*argv: str) -> str:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{argv[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def known_hosts(text: str, card: Card) -> str:
    """With the card's keys for its names, and no other key for them. Hashed and marked lines stay as they are."""
    names = set(card.names)
    kept = []
    for old in text.splitlines():
        hosts, _, rest = old.partition(" ")
        left = [host for host in hosts.split(",") if host not in names]
        if old.startswith(("#", "|", "@")) or not rest or len(left) == len(hosts.split(",")):
            kept.append(old)
        elif left:
            kept.append(f"{','.join(left)} {rest}")
    kept += [f"{','.join(card.names)} {key}" for key in card.hosts]
    return "".join(f"{line}\n" for line in kept)


def authorized_keys(text: str, card: Card) -> str:
    """With the card's keys. A line that has one already stays as it is, with its options."""
    missing = [key for key in card.users if key.split()[1] not in text]
    begun = text if not text or text.endswith("\n") else text + "\n"
    return begun + "".join(f"{key} root@{card.names[0]}\n" for key in missing)


def card(words: Sequence[str]) -> int:
    """card: prints this machine's."""
    argparse.ArgumentParser(prog="hamn-local card").parse_args(words)
    try:
        print(own().text(), end="")
    except Refused as why:
        print(f"hamn-local card: {why}", file=sys.stderr)
        return 1
    return 0


def accept(card: Card) -> None:
    """Raises OSError."""
    for path, now, wanted in _files(card):
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        if now != wanted:
            file.write(path, wanted.encode(errors="surrogateescape"), 0o600)


def _files(card: Card) -> list[tuple[str, str, str]]:
    """Path, content now, content wanted."""
    directory = os.path.join(home(), ".ssh")
    found = []
    for name, wanted in (("known_hosts", known_hosts), ("authorized_keys", authorized_keys)):
        path = os.path.join(directory, name)
        text = _text(path)
        found.append((path, text, wanted(text, card)))
    return found


def trust(words: Sequence[str]) -> int:
    """trust [--as NAME,ADDRESS]: the machine whose card comes on stdin is known here, and its root may log in."""
    parser = argparse.ArgumentParser(prog="hamn-local trust")
    parser.add_argument(
        "--as", dest="names", default="", help="what it is known by, instead of what it says itself"
    )
    told = sys.stdin.read()

    def card(arguments: argparse.Namespace) -> Card:
        try:
            card = Card.read(told)
        except ValueError as why:
            raise Refused(str(why)) from None
        return Card(tuple(arguments.names.split(",")), card.hosts, card.users) if arguments.names else card

    def holds(arguments: argparse.Namespace) -> bool:
        return all(_known(now, wanted) for _, now, wanted in _files(card(arguments)))

    return duty(parser, words, holds, lambda arguments: accept(card(arguments)))


def shown_keys(words: Sequence[str]) -> int:
    """shown-keys ADDRESS PORT: "holds" when all that the sshd there shows are this machine's own host keys."""
    parser = argparse.ArgumentParser(prog="hamn-local shown-keys")
    parser.add_argument("address")
    parser.add_argument("port")
    arguments = parser.parse_args(words)
    try:
        said = _tool("ssh-keyscan", "-T", "5", "-p", arguments.port, arguments.address)
    except Refused as why:
        print(f"{parser.prog}: {why}", file=sys.stderr)
        return 1
    shown = {match[0] for line in said.splitlines() if (match := KEY.search(line))}
    print(HOLDS if shown and shown <= set(_public(HOST_KEYS, "ssh_host_")) else LACKS)
    return 0


def _known(now: str, wanted: str) -> bool:
    """Another order, or one key for more names than these, is as good."""
    return set(now.splitlines()) == set(wanted.splitlines())


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as opened:
            return opened.read()
    except FileNotFoundError:
        return ""
