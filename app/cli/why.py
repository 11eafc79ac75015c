"""`flask why`: why a pod is where it is, or nowhere, of a run on a server or of a world that is run here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import click

from app.cli.acts import SEQ_MAX, Server, acting
from app.cli.base import DURATION, SEED_MAX, Sentence, command, read_text

NODES_SHOWN = 20


@command("why")
@click.argument("pod")
@click.option(
    "--seq", type=click.IntRange(0, SEQ_MAX), help="After this entry of the run.  [default: the last]"
)
@click.option("--scenario", help="Run this scenario here instead, a shipped name or a path.")
@click.option(
    "--seed", type=click.IntRange(0, SEED_MAX), default=42, show_default=True, help="With --scenario."
)
@click.option(
    "--until", type=DURATION, default="60s", show_default=True, help="With --scenario: the time of asking."
)
@click.option(
    "--commands", "script", metavar="FILE", help="With --scenario: commands, one JSON a line; - for stdin."
)
@click.option("--profile", help="With --scenario: a shipped scheduler profile or a path.")
@click.option(
    "--attempt",
    type=click.IntRange(1, SEQ_MAX),
    help="Print the verdicts of this attempt.  [default: the last]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@acting
def why(
    pod: str,
    seq: int | None,
    scenario: str | None,
    attempt: int | None,
    as_json: bool,
    server: str,
    token: str | None,
    run: str | None,
    **world: Any,
) -> None:
    """Why POD (`name` or `namespace/name`) is where it is, or nowhere: every attempt, and what would have to change."""
    namespace, _, name = pod.rpartition("/")
    namespace = namespace or "default"
    if scenario is not None:
        if run or seq is not None:
            raise Sentence("flask why: --scenario runs a world here; --run and --seq are of a server's runs.")
        told = _here(f"{namespace}/{name}", scenario, **world)
    else:
        line = Server(server, token)
        path = f"/runs/{line.run(run)}/pods/{quote(namespace, safe='')}/{quote(name, safe='')}/why"
        told = line.ask("GET", path if seq is None else f"{path}?seq={seq}")
    if as_json:
        click.echo(json.dumps(told))
    else:
        _print(told, attempt)


def _here(
    key: str, name: str, seed: int, until: int, script: str | None, profile: str | None
) -> dict[str, Any]:
    """The answer about a world that is run here. Raises: Sentence."""
    from app.placement.why import explain
    from app.questions import worded
    from app.scenarios import ScenarioError, load_scenario
    from app.scenarios.library import load_profile, read_workload, with_profile
    from app.search.execute import CommandRefused, Timed, WorldFailed, execute
    from app.words import word
    from app.world.registry import decode_command
    from app.world.world import World

    try:
        chosen = load_scenario(name)
        if profile is not None:
            chosen = with_profile(chosen, load_profile(profile))
        work = None if script is None else read_workload(read_text(script, "commands file"), script)
    except ScenarioError as error:
        raise Sentence(str(error)) from None
    pairs = () if work is None else zip(work.commands, work.where, strict=True)
    timed = [Timed(one["at_us"], decode_command(one["command"]), where) for one, where in pairs]
    world = World(chosen, seed)
    try:
        for _ in execute(world, timed, until):
            pass
    except CommandRefused as error:
        refused = error.refused
        raise Sentence(f"{error.timed.where}: {word('refused', refused.code, refused.fields)}.") from None
    except WorldFailed as error:
        raise Sentence(f"A bug stopped the world: {str(error).splitlines()[-1]}") from None
    try:
        return worded(explain(world.view(), chosen.scheduler, key))
    except KeyError:
        raise Sentence(
            f"There is no pod {key} in {chosen.name}, seed {seed}, at {until / 1_000_000:g} s."
        ) from None


def _print(told: dict[str, Any], which: int | None) -> None:
    """All that the page shows. which: the attempt whose verdicts are printed; None: the last."""
    click.echo(f"{told['sentence'].rstrip('.')}.")
    for attempt in told["attempts"]:
        where = f"to {attempt['node']}" if attempt["node"] else attempt["message"]
        click.echo(f"attempt {attempt['attempt']} at {attempt['at_us'] / 1_000_000:.3f} s: {where}")
    if told["attempts"]:
        known = {attempt["attempt"]: attempt for attempt in told["attempts"]}
        if which is not None and which not in known:
            numbers = ", ".join(map(str, known))
            raise Sentence(
                f"flask why: attempt {which} of {told['pod']} is not kept; those kept are {numbers}."
            )
        chosen = known[which or max(known)]
        kept = any(
            one["nominated"] == chosen["node"] for number, one in known.items() if number < chosen["attempt"]
        )
        for line in (*_figures(chosen, kept), *_table(chosen)):
            click.echo(line)
    for event in told["events"]:
        times = f" (x{event['count']})" if event["count"] > 1 else ""
        click.echo(f"{event['type']} {event['reason']}{times}: {event['message']}")
    for suggestion in told["suggestions"]:
        click.echo(f"it would help to {suggestion['sentence']}")


def _figures(attempt: dict[str, Any], kept: bool) -> Iterator[str]:
    """What there is to say of an attempt beside its verdicts, in the words of the page. kept: the node was kept for it."""
    from app.words import span_text, word

    waited = span_text(attempt["waited_us"]) if attempt["waited_us"] else ""
    rows, nodes = attempt["rows"], attempt["nodes"]
    looked = max(len(rows), attempt["feasible"] + sum(row["refused"] is not None for row in rows))
    some = bool(rows) and looked < nodes and not attempt["counts"]
    kept = kept and some and looked == 1
    if attempt["node"]:
        round_, leader = attempt["ballot"]
        at = f"{attempt['at_us'] / 1_000_000:.3f}"
        because = "why-highest" if attempt["feasible"] > 1 else "why-kept" if kept else "why-only"
        bound = word("ui", "why-bound", {**attempt, "at": at, "ballot": f"{round_}.{leader}"})
        yield f"{bound} {word('ui', because, {'node': attempt['node']})}"
    if some and not kept:
        yield word("ui", "why-looked", {"looked": looked, "nodes": nodes})
    yield word("ui", "why-figures", {**attempt, "waited": waited})
    if attempt["tied"] > 1:
        rest = "..." if attempt["tied"] > len(attempt["ties"]) else ""
        yield word(
            "ui", "why-ties", {"count": attempt["tied"], "nodes": ", ".join(attempt["ties"]), "rest": rest}
        )
    if attempt["woke"]:
        yield word("ui", "why-woke", {"woke": ", ".join(attempt["woke"])})
    if attempt["same_as"]:
        yield word("ui", "why-same", {"attempt": attempt["same_as"]})
    if attempt["nominated"]:
        yield word("ui", "why-nominated", {"node": attempt["nominated"]})
    for victim in attempt["victims"]:
        yield f"asked to leave: {victim['pod']} on {victim['node']}, priority {victim['priority']}: {victim['why']}"


def _table(attempt: dict[str, Any]) -> Iterator[str]:
    """The nodes of an attempt: the best first, then those that were refused."""
    rows = sorted(
        attempt["rows"],
        key=lambda row: (row["refused"] is not None, -row["total"], row["node"] != attempt["node"]),
    )
    if any(row["scores"] for row in rows):
        yield "  node                  total  plug-in: weighted score (raw, normalised)"
    for row in rows[:NODES_SHOWN]:
        if row["refused"] is None:
            won = " *" if row["node"] == attempt["node"] else "  "
            scores = ", ".join(
                f"{plugin} {weighted} ({raw}, {normalised})"
                for plugin, (raw, normalised, weighted) in row["scores"].items()
            )
            yield f"{won}{row['node']:<20} {row['total']:>6}  {scores}"
        else:
            reasons = "; ".join(f"{plugin}: {', '.join(said)}" for plugin, said in row["refused"].items())
            yield f"  {row['node']:<20} {'-':>6}  {reasons}"
    if len(rows) > NODES_SHOWN:
        yield f"  and {len(rows) - NODES_SHOWN} more"
    for reason, nodes in attempt["counts"].items():
        yield f"  {nodes:>6} nodes: {reason}"
