"""The same cluster as for the definitions."""

from tests.xcat.commands.definitions.conftest import mn, sample_tables

__all__ = ["mn", "sample_tables"]
