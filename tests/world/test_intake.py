"""What gets into a world, and what a machine that was paused at a bad moment does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.consensus.multipaxos.events import CampaignFailed
from app.vocabulary.commands import PauseNode, ResumeNode
from app.vocabulary.events import MessageSent
from app.vocabulary.ids import SECOND
from app.world.registry import decode_command
from app.world.world import World
from tests.world.runs import world


@pytest.mark.parametrize(
    ("plain", "problem"),
    [
        ({"type": "put-key", "client": "w1", "key": "k\ud800", "value": "v"}, "ud800"),
        ({"type": "submit-manifest", "manifest": "\udfff"}, "udfff"),
        ({"type": "set-rate", "client": "w1", "per_1000_s": 1 << 70}, "64 bits"),
    ],
    ids=["key-with-half-a-surrogate-pair", "manifest-with-half-a-surrogate-pair", "huge-number"],
)
def test_what_cannot_be_encoded_is_no_command(plain: dict[str, Any], problem: str):
    with pytest.raises(msgspec.ValidationError, match=problem):
        decode_command(plain)


def _first_candidate(subject: World) -> str:
    subject.start()
    while (at_us := subject.next_at_us()) is not None:
        for entry in subject.advance(at_us + 1):
            if type(entry.event) is MessageSent and entry.event.kind == "prepare":
                return entry.event.src
    raise AssertionError("nobody campaigned")


def test_a_candidate_that_wakes_to_promises_out_of_date_gives_up():
    """Its lease would have begun with its prepare, and be over: the majority may have turned to another by now."""
    subject = world(seed=1)
    candidate = _first_candidate(subject)
    subject.take(PauseNode(candidate))
    subject.advance(subject.now_us + 8 * SECOND)
    woken = subject.take(ResumeNode(candidate))
    assert isinstance(woken, list)
    assert subject.failure is None
    [failed] = [entry.event for entry in woken if type(entry.event) is CampaignFailed]
    assert (failed.node, failed.reason) == (candidate, "no-quorum")


def test_the_object_store_hears_of_each_leader():
    """Else nothing would ever supersede the writes of an older one."""
    subject = world(seed=1)
    subject.start()
    subject.advance(10 * SECOND)
    table = subject._observer.state
    assert table.epoch.round > 0
    assert table.stores[1].epoch == table.epoch  # type: ignore[attr-defined]
