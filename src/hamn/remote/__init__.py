"""Reaching machines: each through an agent of its own, over ssh or as a child process here."""
