"""A pair in memory behind the production ports: real verbs, virtual time, seeded faults, audits always on."""
