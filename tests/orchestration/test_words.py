"""Every fact of this room can be told."""

from __future__ import annotations

import re

import pytest

from app.orchestration import EVENTS, MESSAGES, OPERATIONS
from app.orchestration.messages import JobsEnded, JobsWatched, KubeletSync, PodsAssigned
from app.words import sentences


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.__struct_config__.tag))
def test_every_event_has_a_sentence_of_its_own_fields(event):
    template = sentences()["event"][event.__struct_config__.tag]
    used = re.findall(r"\{([a-z_]+)", template)
    assert set(used) <= set(event.__struct_fields__)


@pytest.mark.parametrize(
    "message",
    [PodsAssigned("c1", 1, ()), KubeletSync("c1", ()), JobsWatched(()), JobsEnded(())],
    ids=lambda m: type(m).__name__,
)
def test_every_message_has_a_label_with_words(message):
    assert type(message) in MESSAGES
    assert message.label()[0] in sentences()["value"]


def test_every_operation_is_exported_once():
    assert len({op.__struct_config__.tag for op in OPERATIONS}) == len(OPERATIONS)
