"""The random runs are shown bugs that they must catch: a run that never fails proves nothing."""

from __future__ import annotations

import pytest

from tests.consensus.mutations import MUTATIONS
from tests.consensus.test_random_faults import Trial

CAUGHT_IN_CLUSTERS = {
    "C01-promise-forgotten-by-a-restart": "promise",
    "C06-promise-not-recorded": "promise-went-back",
    "C07-proposer-ignores-votes": "two",
    "C15-accept-quorum-too-small": "chosen-without-majority",
    "C16-prepare-quorum-too-small": "elected-without-majority",
    "C21-trimmed-slot-looks-empty": "two",
    "C25-holes-skipped": "two",
    "notice-believed-in-any-ballot": "",
    "vote-answered-before-the-disk": "chosen-without-majority",
    "retry-takes-effect-twice": "took-effect-twice",
}
"""Mutation -> what the complaint mentions. C08 and C38 need three and four ballots in one slot: see
`tests/conformance/test_paxos_mutations.py`; C19 is in `test_leader.py`."""


def first_complaint(seeds: range) -> str:
    for seed in seeds:
        for size in (3, 5):
            trial = Trial(seed, size)
            try:
                trial.run(faults=40)
            except AssertionError as complaint:
                return str(complaint)
    return ""


@pytest.mark.parametrize(("mutation", "mentions"), CAUGHT_IN_CLUSTERS.items(), ids=CAUGHT_IN_CLUSTERS.keys())
def test_it_is_caught(mutation: str, mentions: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[mutation](monkeypatch)
    complaint = first_complaint(range(25))
    assert complaint, "nobody noticed"
    assert mentions in complaint
