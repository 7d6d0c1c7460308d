"""The files that serve the nodes, made from the tables on this machine, and their daemons told.

`definitions` reads the tables once; each of `names`, `dns`, `isc`, `kea` and `consoles` says which of its files
differ and carries that out: written beside, checked with the daemon's own checker, put in place, and only a daemon
that runs and whose files changed is told. None of them starts a daemon that doesn't run: the role does that, or
the command that was asked to. `regenerate` does all of them from one reading; `commands` has them by name.
"""
