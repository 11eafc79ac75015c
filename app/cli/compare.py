"""`flask compare`: scheduler profiles on the same workload, side by side."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from app.cli.base import Sentence, command, read_text, world_options

PROFILES_MAX = 4
SHOWN = (
    ("bound", "pods placed"),
    ("waiting", "pods that wait still"),
    ("nodes_used_max", "nodes used at most"),
    ("mean_tasks_imbalance_milli", "tasks, max/mean"),
    ("mean_tasks_jain_milli", "tasks, Jain's index"),
    ("mean_cpu_imbalance_milli", "cpu requested, max/mean"),
    ("mean_cpu_jain_milli", "cpu requested, Jain's index"),
    ("mean_fragmentation_cpu_ppm", "cpu free but no use to those who wait"),
    ("mean_typical_cpu_ppm", "cpu free but no use to a typical pod"),
    ("mean_typical_gpu_ppm", "gpu free but no use to a typical pod"),
    ("waited_p50_us", "waiting, median"),
    ("waited_p95_us", "waiting, 95 of 100"),
    ("waited_max_us", "waiting, longest"),
    ("preempted", "pods preempted"),
)


@command("compare")
@click.option("--scenario", default="datacenter", show_default=True, help="A shipped name or a path.")
@click.option(
    "--profile",
    "names",
    multiple=True,
    help="A shipped name or the path of a KubeSchedulerConfiguration; twice.",
)
@click.option("--workload", help="A shipped workload.  [default: mixed]")
@world_options("10ms")
@click.option("--list", "listing", is_flag=True, help="List the shipped profiles and workloads, and stop.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def compare(
    scenario: str,
    names: tuple[str, ...],
    seed: int,
    until: int,
    listing: bool,
    as_json: bool,
    **work: Any,
) -> None:
    """Run the same workload under two scheduler profiles (or up to four), and report both side by side.

    Only the profile differs: the same cluster, seed and commands. Exit status 2 for wrong input.
    """
    if listing:
        _list(as_json)
        return
    if not 2 <= len(names) <= PROFILES_MAX:
        raise Sentence(f"flask compare: give --profile 2 to {PROFILES_MAX} times; {len(names)} were given.")
    if until < 1:
        raise Sentence("flask compare: --until is 0; allowed is any time above.")
    from app.scenarios import ScenarioError
    from app.scenarios.library import load_profile
    from app.scenarios.trace import TraceError

    try:
        chosen, workload, timed = _work(scenario, **work)
        profiles = [load_profile(name) for name in names]
    except (ScenarioError, TraceError) as error:
        raise Sentence(str(error)) from None
    sides = _run(chosen, seed, until, timed, profiles)
    from app.rivals import refusal, verdict

    for side in sides:
        if side["refused"]:
            raise Sentence(refusal(side["refused"]))
    same = {"scenario": chosen.name, "seed": seed, "workload": workload, "until_us": until}
    _print({**same, **verdict(sides), "sides": sides}, as_json)


def _work(
    name: str,
    workload: str | None,
    script: str | None,
    trace: tuple[str, str] | None,
    gap_max: int,
    compress: int,
    limit: int | None,
) -> tuple[Any, str, list[dict[str, Any]]]:
    """(scenario, what the workload is called, its commands). Raises: ScenarioError, TraceError, Sentence."""
    from app.scenarios import load_scenario, with_compute
    from app.scenarios.library import load_workload, read_workload
    from app.scenarios.trace import Factors, read_nodes, read_pods
    from app.world.registry import plain_command

    given = [
        option
        for option, value in (("--workload", workload), ("--commands", script), ("--trace", trace))
        if value
    ]
    if len(given) > 1:
        raise Sentence(f"flask compare: {' and '.join(given)} are each a workload; give one of them.")
    scenario = load_scenario(name)
    if trace:
        nodes = read_nodes(read_text(trace[0], "trace"), trace[0])
        pods = read_pods(read_text(trace[1], "trace"), Factors(gap_max, compress, limit), trace[1])
        scenario = with_compute(scenario, nodes)
        return scenario, "trace", [{"at_us": 3_000_000, "command": plain_command(pods), "where": trace[1]}]
    found = (
        load_workload("mixed" if workload is None else workload)
        if script is None
        else read_workload(read_text(script, "commands file"), script)
    )
    pairs = zip(found.commands, found.where, strict=True)
    return scenario, found.name, [{**one, "where": where} for one, where in pairs]


def _run(
    scenario: Any, seed: int, until_us: int, timed: list[Any], profiles: list[Any]
) -> list[dict[str, Any]]:
    """What came of each side; they run at the same time, each in a process of its own. Raises: Sentence."""
    from app.rivals import text_of
    from app.scenarios.library import with_profile
    from app.search.client import WorkerFailed
    from app.search.crew import LocalCrew

    crew = LocalCrew(len(profiles))
    try:
        same = {"seed": seed, "commands": timed, "until_us": until_us, "to_us": until_us, "frozen": None}
        work = [
            crew.submit("side", scenario=text_of(with_profile(scenario, profile)), **same)
            for profile in profiles
        ]
        sides = []
        for profile, future in zip(profiles, work, strict=True):
            answer = future.result()
            del answer["frozen"]
            sides.append({"profile": profile.name, **answer})
        return sides
    except WorkerFailed as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    finally:
        crew.close()


def _list(as_json: bool) -> None:
    from app.scenarios.library import load_profile, load_workload, shipped_profiles, shipped_workloads

    profiles = {name: load_profile(name).about for name in shipped_profiles()}
    workloads = {name: load_workload(name).about for name in shipped_workloads()}
    if as_json:
        click.echo(json.dumps({"profiles": profiles, "workloads": workloads}))
        return
    for kind, found in (("profile", profiles), ("workload", workloads)):
        for name, about in found.items():
            click.echo(f"{kind:<9} {name:<22} {about}")


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    sides = report["sides"]
    click.echo(f"{'':<38}" + "".join(f"{side['profile']:>24}" for side in sides))
    for name, label in SHOWN:
        click.echo(f"{label:<38}" + "".join(f"{shown(name, side['figures'][name]):>24}" for side in sides))
    click.echo(report["sentence"] + ".")


def shown(name: str, value: int) -> str:
    """A figure in the unit that its name says."""
    from app.rivals import thousandths
    from app.words import span_text

    if value < 0:
        return "-"
    if name.endswith("_us"):
        return span_text(value)
    if name.endswith("_ppm"):
        return f"{value / 10_000:.1f} %"
    return thousandths(value) if name.endswith("_milli") else f"{value:,}"
