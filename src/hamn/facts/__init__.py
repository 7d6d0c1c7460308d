"""Which questions to ask a machine, and its answers as one frozen value. Pure: `verbs.gather` does the asking."""
