"""The append-only record on disk, durable before it returns."""
