"""lsdef --osimage: what a node is deployed with, beside what it is itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hamn.xcat.commands.definitions.catalog import Catalog
from hamn.xcat.conversation import Answer

_METHODS = ("install", "netboot", "statelite")
"""Of nodes that name no image; then it is the one with the name that copycds and genimage give."""
_PARTS = ("os", "arch", "provmethod", "profile")


def beside(catalog: Catalog, node: str, text: str, attributes: Mapping[str, str]) -> Iterator[Answer]:
    """`text` is what is said of the node."""
    image = attributes.get("provmethod", "")
    if image in ("", *_METHODS):
        parts = [attributes.get(part, "") for part in _PARTS]
        if not all(parts):
            yield Answer("info", text)
            what = "check the node attributes 'os', 'arch','profile' and 'provmethod'."
            yield Answer("error", f"Missing attributes for node {node}, {what}", errorcode=1)
            return
        image = "-".join(parts)
    if not catalog.has("osimage", image):
        yield Answer("info", text)
        yield Answer("warning", f"{node}: could not find information for osimage {image}")
        return
    ((_, found),) = catalog.of("osimage", [image])
    yield Answer("info", "\n".join([text, *(f"    {name}={value}" for name, value in sorted(found.items()))]))
