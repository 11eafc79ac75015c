"""`flask why`: why a pod is where it is, or nowhere, of a run on a server or of a world that is run here."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import click

from app.cli.acts import SEQ_MAX, Server, acting
from app.cli.base import DURATION, Sentence, command, read_text
from app.cli.worlds import SEED_MAX

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
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@acting
def why(
    pod: str,
    seq: int | None,
    scenario: str | None,
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
        _print(told)


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


def _print(told: dict[str, Any]) -> None:
    click.echo(f"{told['sentence'].rstrip('.')}.")
    for attempt in told["attempts"]:
        where = f"to {attempt['node']}" if attempt["node"] else attempt["message"]
        click.echo(f"attempt {attempt['attempt']} at {attempt['at_us'] / 1_000_000:.3f} s: {where}")
    if told["attempts"]:
        _table(told["attempts"][-1])
    for suggestion in told["suggestions"]:
        click.echo(f"it would help to {suggestion['sentence']}")


def _table(attempt: dict[str, Any]) -> None:
    """The nodes of the newest attempt: the best first, then those that were refused."""
    rows = sorted(attempt["rows"], key=lambda row: (row["refused"] is not None, -row["total"]))
    for row in rows[:NODES_SHOWN]:
        if row["refused"] is None:
            scores = ", ".join(f"{plugin} {scores[2]}" for plugin, scores in row["scores"].items())
            click.echo(f"  {row['node']:<20} {row['total']:>6}  {scores}")
        else:
            reasons = "; ".join(f"{plugin}: {', '.join(said)}" for plugin, said in row["refused"].items())
            click.echo(f"  {row['node']:<20} {'-':>6}  {reasons}")
    if len(rows) > NODES_SHOWN:
        click.echo(f"  and {len(rows) - NODES_SHOWN} more")
    for reason, nodes in attempt["counts"].items():
        click.echo(f"  {nodes:>6} nodes: {reason}")
    for victim in attempt["victims"]:
        click.echo(f"  preempted {victim['pod']} on {victim['node']}: {victim['why']}")
