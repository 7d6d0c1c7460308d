"""What all tests share: properties are judged by what holds, never by how long it took."""

from __future__ import annotations

import os

from hypothesis import settings

# At a desk every run draws anew and may find more; a check that gates must say the same of the same code.
settings.register_profile("hamn", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("hamn")
