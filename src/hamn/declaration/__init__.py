"""The one file that an operator writes, into a `Pair`: every complaint about it at once, each with its line."""
