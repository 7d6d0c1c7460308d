"""`hamn setup card` and `hamn setup trust`: how two machines that don't know each other yet get to.

The operator is logged in to both, and so carries each card from one to the other:

    ssh mn2 hamn setup card | ssh mn1 hamn setup trust
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from hamn.cli import screen
from hamn.local import card as local
from hamn.local.duty import Refused
from hamn.reports.report import Exit, Stop, error


def card(words: Namespace) -> int:
    try:
        text = local.own().text()
    except (Refused, OSError) as why:
        raise Stop(Exit.FAILED, [error("card", str(why))]) from None
    print(json.dumps({"schema": "hamn.card/1", "card": text, "exit_status": 0}) if words.json else text.rstrip())
    return 0


def trust(words: Namespace) -> int:
    """Says whom it trusts from now on: a wrong card would be seen."""
    place = words.card or "standard input"
    try:
        text = Path(words.card).read_text(encoding="utf-8") if words.card else sys.stdin.read()
        told = local.Card.read(text)
        local.accept(told)
    except (ValueError, OSError) as why:
        raise Stop(Exit.FAILED, [error("card", str(why), place)]) from None
    screen.note(f"{told.names[0]} ({', '.join(told.names[1:])}) is known here, and its root may log in")
    return 0
