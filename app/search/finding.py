"""A finding: what was broken, and all that is needed to see it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from app.checking.verdict import Verdict
from app.consensus import PROTOCOLS
from app.consensus.switch import Switch
from app.search.execute import Timed
from app.search.trial import Outcome, replay, trial
from app.vocabulary.base import Command
from app.words import show, word
from app.world.registry import decode_command, plain_command
from app.world.scenario import Scenario, ScenarioError, scenario_from, with_size
from app.world.scenario import to_plain as scenario_to_plain

Plain = dict[str, Any]


class Finding(Struct, frozen=True):
    """A violation, with the commands that lead to it.

    scenario: its name. switch: the planted bug, or "". until_us: how far the run goes: to the violation.
    """

    scenario: str
    switch: str
    seed: int
    steps: tuple[Timed, ...]
    until_us: int
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """What was broken, in words."""
        return sentence_of(self.verdict)

    def command_line(self) -> str:
        """What to type to see it again."""
        switch = f" --switch {shlex.quote(self.switch)}" if self.switch else ""
        return f"flask search --scenario {shlex.quote(self.scenario)}{switch} --seed {self.seed}"


def finding_of(outcome: Outcome, name: str, switch: str) -> Finding | None:
    """The finding in an outcome, if there is one. name, switch: as they were asked for."""
    verdict = outcome.violation
    if verdict is None:
        return None
    return Finding(name, switch, outcome.seed, outcome.steps, outcome.broken_us, verdict)


def planted(scenario: Scenario, switch: str) -> Scenario:
    """The scenario with a bug planted ("" for none), and with all that the bug needs to show.

    Raises: ScenarioError for a bug that does not exist, or a protocol that agrees on no log: the workload asks for keys,
    and would try nothing.
    """
    if not PROTOCOLS[scenario.protocol].replicates:
        raise ScenarioError(
            f"The scenario's protocol is {scenario.protocol}; allowed for a search is multipaxos."
        )
    if not switch:
        return scenario
    known = next((one for one in switches_of(scenario.protocol) if one.id == switch), None)
    if known is not None and known.replicas and known.replicas != len(scenario.members()):
        scenario = with_size(scenario, known.replicas, len(scenario.of_role("compute")))
    plain = scenario_to_plain(scenario)
    needs = dict(known.needs) if known is not None else {}
    # Through the front door, so that an unknown switch is told in one sentence.
    changed = {"switches": [*scenario.switches, switch], "consensus": {**plain["consensus"], **needs}}
    return scenario_from({**plain, **changed})


def switches_of(protocol: str) -> tuple[Switch, ...]:
    """The planted bugs and the controls of a protocol."""
    spec = PROTOCOLS[protocol]
    return (*spec.switches, *spec.controls)


def tried(scenario: Scenario, seed: int, name: str, switch: str) -> tuple[Outcome, Finding | None]:
    """Try a seed of the `planted` scenario; name, switch: as they were asked for."""
    outcome = trial(scenario, seed)
    return outcome, finding_of(outcome, name, switch)


def again(scenario: Scenario, finding: Finding) -> Outcome:
    """See it again: the same commands in the same world."""
    return replay(scenario, finding.seed, finding.steps, finding.until_us)


def sentence_of(verdict: Verdict) -> str:
    """A verdict in words."""
    return word("verdict", verdict.code, verdict.fields)


def step_sentence(command: Command) -> str:
    """A command in words: its sentence, or its name with its fields where it has none."""
    plain = plain_command(command)
    code = str(plain.pop("type"))
    fields = {name: value for name, value in plain.items() if value not in ("", None)}
    if "groups" in fields:
        fields["groups"] = " | ".join(show(group) for group in fields["groups"])
    return word("command", code, fields)


def plain_steps(steps: Iterable[Timed]) -> list[Plain]:
    """`[{at_us, command}]`: what a commands file holds, a line each."""
    return [{"at_us": step.at_us, "command": plain_command(step.command)} for step in steps]


def told_steps(steps: Iterable[Timed]) -> list[Plain]:
    """`[{at_us, command, sentence}]`."""
    return [
        {"at_us": step.at_us, "command": plain_command(step.command), "sentence": step_sentence(step.command)}
        for step in steps
    ]


def to_plain(finding: Finding) -> Plain:
    """As it passes through pipes and is stored; `from_plain` reads it."""
    return {
        "scenario": finding.scenario,
        "switch": finding.switch,
        "seed": finding.seed,
        "commands": plain_steps(finding.steps),
        "until_us": finding.until_us,
        "verdict": msgspec.to_builtins(finding.verdict),
    }


def from_plain(plain: Plain) -> Finding:
    """Raises: msgspec.ValidationError, KeyError for what `to_plain` did not make."""
    steps = tuple(Timed(one["at_us"], decode_command(one["command"])) for one in plain["commands"])
    verdict = msgspec.convert(plain["verdict"], Verdict)
    return Finding(plain["scenario"], plain["switch"], plain["seed"], steps, plain["until_us"], verdict)
