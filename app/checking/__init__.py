"""Pure judgements over a log: invariants, the properties, verdicts. Reads entries, never the world."""
