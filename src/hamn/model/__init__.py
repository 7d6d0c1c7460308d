"""The nouns: pair, machine, resource, command, step, plan, owner record. Frozen values, no I/O."""
