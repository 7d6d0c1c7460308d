"""/etc/exports: what nodes mount while they are installed. Only what is missing is added. Source: exports(5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hamn.xcat.generators.site import Site

_OPTIONS = "*(rw,no_root_squash,sync,no_subtree_check,insecure)"


def text(existing: Iterable[str], site: Site) -> Iterator[str]:
    """A directory that somebody exported already, in whatever way, stays as it is."""
    there = set()
    for line in existing:
        if words := line.partition("#")[0].split(None, 1):
            there.add(words[0].strip('"').rstrip("/"))
        yield line if line.endswith("\n") else line + "\n"
    for directory in (site.tftp, site.install):
        if directory.rstrip("/") not in there:
            yield f"{directory} {_OPTIONS}\n"
