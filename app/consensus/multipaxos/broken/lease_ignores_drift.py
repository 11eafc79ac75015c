"""A lease that takes every clock for a perfect one: of reads, and of leadership, which would end it in time."""

from __future__ import annotations

from app.consensus.switch import Switch

SWITCH = Switch(
    id="lease-ignores-drift",
    sentence="A leader holds its lease for the full time by its own clock, although clocks may drift.",
    source="Gray and Cheriton, Leases (1989), section 5: clock drift; Ongaro (2014), section 6.4.1",
    caught_by=("one-leader", "linearizability", "reads"),
    overrides={"drift_ppm_max": 0},
    needs={"reads": "lease", "drift_ppm_max": 300_000},
    provoked_by=("clock-drift", "partition"),
)
