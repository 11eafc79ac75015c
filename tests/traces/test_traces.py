"""The golden traces: each shows its bug in few steps, and nothing when the protocol is correct."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from app.consensus import PROTOCOLS
from app.search import traces

SWITCHES = tuple(switch.id for switch in PROTOCOLS["multipaxos"].switches)
RENEW = "renew it: make search-all SWITCH={}"


def test_every_switch_has_a_trace() -> None:
    assert set(traces.names()) == set(SWITCHES)


@pytest.mark.parametrize("switch", traces.names())
def test_the_bug_shows(switch: str) -> None:
    finding = traces.load(switch)
    assert finding.switch == switch
    assert len(finding.steps) <= traces.STEPS_MAX
    violation = traces.replayed(finding).violation
    assert violation is not None, f"the trace of {switch} shows nothing any more; " + RENEW.format(switch)
    assert violation.check == finding.verdict.check, RENEW.format(switch)


@pytest.mark.parametrize("switch", traces.names())
def test_a_trace_ends_with_its_violation(switch: str) -> None:
    finding = traces.load(switch)
    outcome = traces.replayed(finding)
    assert outcome.broken_us == finding.until_us, f"the trace of {switch} goes on; " + RENEW.format(switch)
    sooner = traces.replayed(replace(finding, until_us=finding.until_us - 1))
    assert sooner.violation is None, f"the trace of {switch} goes on; " + RENEW.format(switch)


@pytest.mark.parametrize("switch", traces.names())
def test_the_correct_protocol_bears_the_same(switch: str) -> None:
    outcome = traces.replayed(traces.load(switch), with_bug=False)
    assert outcome.found == ()


@pytest.mark.parametrize("switch", traces.names())
def test_a_trace_is_stored_as_it_is_written(switch: str) -> None:
    plain = json.loads(traces.path_of(switch).read_text("utf-8"))
    assert set(plain) == {"scenario", "switch", "seed", "commands", "until_us", "verdict"}
    assert [one["at_us"] for one in plain["commands"]] == sorted(one["at_us"] for one in plain["commands"])
