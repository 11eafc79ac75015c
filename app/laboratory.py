"""Where search and history meet: campaigns whose progress and findings are kept in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from app.history.searches import Searches, StoredFinding, StoredSearch
from app.scenarios import Scenario, scenario_from, to_plain
from app.search.campaign import FINDINGS_MAX, Campaign, Tally
from app.search.crew import Crew
from app.search.finding import from_plain, plain_steps, sentence_of, told_steps
from app.search.finding import to_plain as finding_to_plain

Plain = dict[str, Any]
Told = Callable[[StoredSearch, Campaign], None]


def begin(
    searches: Searches,
    scenario: Scenario,
    *,
    name: str,
    switch: str,
    seeds: int,
    first_seed: int,
    until_found: bool,
    core_version: str,
) -> StoredSearch:
    """A new search. scenario: with the bug planted; name: as it was asked for."""
    wish = {"scenario": name, "scenario_text": text_of(scenario), "switch": switch, "seeds": seeds}
    how = {"first_seed": first_seed, "until_found": until_found, "core_version": core_version}
    return searches.create(**wish, **how)


def text_of(scenario: Scenario) -> str:
    """A scenario as JSON text."""
    return msgspec.json.encode(to_plain(scenario)).decode()


def campaign_of(stored: StoredSearch, told: Callable[[Campaign], None]) -> Campaign:
    """The campaign that goes on where a search stands."""
    tally = Tally(
        stored.first_seed,
        stored.seeds,
        stored.next_seed,
        stored.seeds_done,
        stored.violations,
        stored.virtual_us,
        stored.entries,
        stored.wall_ms / 1_000,
    )
    scenario = scenario_from(msgspec.json.decode(stored.scenario_text))
    return Campaign(scenario, tally, stored.until_found, stored.scenario, stored.switch, told)


def pursue(searches: Searches, stored: StoredSearch, campaign: Campaign, crew: Crew) -> str:
    """Run a campaign to its end or until it is stopped, keeping everything; returns the state it ended in.

    Raises: WorkerFailed; the search is then `failed`.
    """
    state, error = "failed", ""
    try:
        campaign.run(crew)
        state = "stopped" if campaign.stopped else "done"
    except Exception as problem:
        error = str(problem)[-2_000:]
        raise
    finally:
        keep(searches, stored, campaign, state, error)
    return state


def keep(searches: Searches, stored: StoredSearch, campaign: Campaign, state: str, error: str = "") -> None:
    """Write down how far a campaign is, and what it found."""
    tally = campaign.tally if state == "done" else campaign.settled()
    searches.add(stored.search, [finding_to_plain(finding) for finding in campaign.findings])
    searches.save(
        stored.search,
        state,
        error,
        next_seed=tally.next_seed,
        seeds_done=tally.seeds_done,
        violations=tally.violations,
        entries=tally.entries,
        virtual_us=tally.virtual_us,
        wall_ms=int(tally.wall_s * 1_000),
    )


def brief(stored: StoredFinding) -> Plain:
    """A finding as a list shows it."""
    finding = from_plain(stored.content)
    return {
        "finding": stored.finding,
        "seed": finding.seed,
        "check": finding.verdict.check,
        "code": finding.verdict.code,
        "sentence": finding.sentence,
        "steps": len(finding.steps),
        "shrunk": len(stored.shrunk["commands"]) if stored.shrunk else None,
        "command": finding.command_line(),
    }


def whole(stored: StoredFinding) -> Plain:
    """A finding with its steps; those of its shortest form if there is one."""
    content = stored.shrunk or stored.content
    finding = from_plain(content)
    return {
        **brief(stored),
        "scenario": finding.scenario,
        "switch": finding.switch,
        "commands": plain_steps(finding.steps),
        "until_us": finding.until_us,
        "verdict": msgspec.to_builtins(finding.verdict),
        "sentence": sentence_of(finding.verdict),
        "command_line": finding.command_line(),
        "steps": told_steps(finding.steps),
    }


def report(searches: Searches, search: str) -> Plain:
    """A search and its findings, as the command line and the page show it. Raises: KeyError."""
    stored = searches.get(search)
    if stored is None:
        raise KeyError(search)
    rate = stored.seeds_done / (stored.wall_ms / 1_000) if stored.wall_ms else 0.0
    left = stored.first_seed + stored.seeds - stored.next_seed
    running = stored.state == "running"
    findings = [brief(finding) for finding in searches.findings(search, FINDINGS_MAX)]
    return {
        "search": stored.search,
        "state": stored.state,
        "scenario": stored.scenario,
        "switch": stored.switch,
        "seeds": stored.seeds,
        "first_seed": stored.first_seed,
        "until_found": stored.until_found,
        "seeds_done": stored.seeds_done,
        # Findings beyond `next_seed` are kept at once, but not counted yet.
        "violations": max(stored.violations, len(findings)),
        "seeds_per_s": round(rate, 2),
        "virtual_h": round(stored.virtual_us / 3_600_000_000, 4),
        "left_s": round(left / rate, 1) if rate and running else 0.0,
        "created_at": stored.created_at,
        "error": stored.error,
        "findings": findings,
    }
