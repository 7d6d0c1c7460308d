"""One program under all of xCAT's command names. It asks the daemon, and says what it was told."""
