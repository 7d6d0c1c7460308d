"""An xCAT-compatible management node: tables, ranges, stores, generators. It knows nothing of pairs."""
