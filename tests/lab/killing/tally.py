"""How many stops were tried in this session, and which of them did not end well."""

from __future__ import annotations

points: list[str] = []
failed: dict[str, str] = {}
