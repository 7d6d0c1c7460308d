"""Who holds the shared data: the record that is kept on the shared data itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

OWNER_FILE = ".hamn-owner.json"
"""Below the mount point of the pair's owner filesystem."""


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """One holder at a time; the epoch grows at every taking and never goes back.

    `machine` None: given back in order, by `released_by`, at this epoch.
    """

    pair: str
    epoch: int
    machine: str | None
    boot_id: str = ""
    released_by: str | None = None
    operation: str = ""
    mount: str = ""
    """Where its holder has the data: a declaration changed since may say another place. "" without any."""
    at: str = ""
    """UTC, ISO 8601; for people, never compared."""

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str) -> OwnerRecord:
        """Raises ValueError for anything that is not a whole record."""
        try:
            raw = json.loads(text)
            return cls(
                pair=str(raw["pair"]),
                epoch=int(raw["epoch"]),
                machine=None if raw["machine"] is None else str(raw["machine"]),
                boot_id=str(raw.get("boot_id", "")),
                released_by=raw.get("released_by"),
                operation=str(raw.get("operation", "")),
                mount=str(raw.get("mount", "")),
                at=str(raw.get("at", "")),
            )
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ValueError(f"not an owner record: {error}") from None
