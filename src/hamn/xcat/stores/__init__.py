"""The tables in a database: SQLite as xCAT lays it out, MySQL, PostgreSQL or DB2, as cfgloc says."""

from __future__ import annotations

from hamn.xcat.stores.cfgloc import Location, locate, parse
from hamn.xcat.stores.store import Change, Reading, Store, StoreError, Where, stop

__all__ = ["Change", "Location", "Reading", "Store", "StoreError", "Where", "locate", "open_store", "parse"]


def open_store(location: Location) -> Store:
    """Connects to nothing yet: the first use does, and says what is wrong."""
    if location.directory is not None:
        from hamn.xcat.stores.sqlite import SqliteStore

        return SqliteStore(location.directory)
    try:
        from hamn.xcat.stores.server import ServerStore  # takes a good part of a short command's time to import
    except ModuleNotFoundError as lacking:
        hint = "install hamn[xcat] for this Python, or keep the tables in SQLite"
        raise stop("store-driver", f"no Python package {lacking.name}", str(location), hint) from None
    return ServerStore(location)
