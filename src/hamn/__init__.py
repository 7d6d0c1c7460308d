"""A highly available management node on shared data: two machines, one role, never two owners."""

__version__ = "0.1.0"
