"""One module per request: gather, plan, run, say. Nothing here knows which adapters fulfil the ports."""
