"""From a document to a request."""

from __future__ import annotations

from dataclasses import dataclass

from hamn.xcat.conversation import Request
from hamn.xcat.protocol.markup import Element


@dataclass(frozen=True, slots=True)
class Peer:
    """`user` is the common name of the certificate that the client showed, None if it showed none. `address` is
    where it comes from."""

    user: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`user` in `request` is the certificate's; `claimed` is who the request says it is for: believed only of
    those whom the policy trusts."""

    request: Request
    claimed: str = ""
    client_type: str = "cli"

    @property
    def line(self) -> str:
        """As somebody would have typed it."""
        words = [self.request.command, self.request.noderange or "", *self.request.args]
        return " ".join(word for word in words if word)


def read(document: Element, peer: Peer) -> Asked:
    """A table that is to be restored comes line by line: it goes on as one text on standard input."""
    args = document.texts("arg")
    stdin = document.first("stdin") if document.has("stdin") else None
    if document.has("table"):
        if document.has("addrows") and "-a" not in args:
            args.append("-a")
        args.append(f"{document.first('table')}.csv")
        stdin = "".join(line if line.endswith("\n") else line + "\n" for line in document.texts("data"))
    request = Request(
        command=document.first("command"),
        args=tuple(args),
        noderange=document.first("noderange") if document.has("noderange") else None,
        stdin=stdin,
        user=peer.user or "",
        host=peer.address,
        cwd=document.first("cwd", "/") or "/",
    )
    return Asked(request, document.first("username"), document.first("clienttype", "cli"))
