"""Would a failover work now? The deeper facts of both machines, and the rules that judge them. Pure."""
