"""(Pair, Facts, Goal) -> Plan. Pure: the same facts give the same plan, so an interrupted one is planned again."""
