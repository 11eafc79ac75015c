"""What a worker process can do. Arguments and results are plain data, so that they pass through a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from app.placement.balance import Balance
from app.placement.pictures import picture_at
from app.placement.why import explain
from app.scenarios import scenario_from, with_size
from app.search import futures, rivalry
from app.search.execute import SLICE_ENTRIES, Summary, Timed, execute
from app.search.finding import from_plain, plain_steps, to_plain, tried
from app.search.shrink import shrink
from app.vocabulary.base import Refused
from app.vocabulary.commands import SetRate, SubmitTasks
from app.vocabulary.ids import SECOND
from app.world.registry import decode_command
from app.world.wire import Digest, encode_entry
from app.world.world import World

Plain = dict[str, Any]
RATE_PER_1000_S = 1_000_000
"""What each client asks in a scalability run: more than it gets, so that the cluster is the limit."""
TASKS_PER_NODE = 10
TASK_MS = 1_000


def digests(scenario: str, seed: int, commands: list[Plain], until_us: int, seqs: list[int]) -> Plain:
    """Execute a recorded run again: `{head_seq, digests: {seq: hex}}` at the asked seqs."""
    wanted, found, digest, head_seq = set(seqs), {}, Digest(), -1
    for wire in wires(scenario, seed, commands, until_us):
        head_seq += 1
        digest.add(wire)
        if head_seq in wanted:
            found[head_seq] = digest.hex
    return {"head_seq": head_seq, "digests": found}


def entries(
    scenario: str, seed: int, commands: list[Plain], until_us: int, from_seq: int, to_seq: int
) -> list[bytes]:
    """Execute a recorded run again: its wire entries from `from_seq` to `to_seq`."""
    found = []
    for seq, wire in enumerate(wires(scenario, seed, commands, until_us)):
        if seq > to_seq:
            break
        if seq >= from_seq:
            found.append(wire)
    return found


def wires(scenario: str, seed: int, commands: list[Plain], until_us: int) -> Iterator[bytes]:
    """The wire entries of a run: `scenario` as it is stored, commands as `{at_us, command}` in order."""
    world = World(scenario_from(msgspec.json.decode(scenario)), seed)
    timed = _timed(commands)
    # A command taken at the very end belongs to it.
    last_us = max(until_us, timed[-1].at_us if timed else 0)
    for portion in execute(world, timed, last_us):
        for entry in portion:
            yield encode_entry(entry)


def measure(scenario: str, seed: int, storage: int, compute: int) -> Plain:
    """One point of the scalability curve: decided commands per virtual and wall second, tasks per virtual second."""
    sized = with_size(scenario_from(msgspec.json.decode(scenario)), storage, compute)
    decided, counted_s, wall_s = _commands(World(sized, seed))
    tasks, busy_s = _tasks(World(sized, seed), TASKS_PER_NODE * compute)
    return {
        "storage": storage,
        "compute": compute,
        "decided": decided,
        "virtual_s": round(counted_s, 3),
        "wall_s": round(wall_s, 3),
        "virtual_per_s": round(decided / counted_s, 1),
        "wall_per_s": round(decided / wall_s, 1),
        "tasks": tasks,
        "tasks_per_s": round(tasks / busy_s, 2),
    }


def _commands(world: World) -> tuple[int, float, float]:
    """(decided, virtual seconds, wall seconds) with clients that ask all they can, once there is a leader."""
    summary = Summary()
    began_us, until_us = 4 * SECOND, 5 * SECOND
    for portion in execute(world, [Timed(began_us - SECOND // 2, SetRate(RATE_PER_1000_S))], began_us):
        summary.fold(portion)
    before, began_s = summary.decided, time.perf_counter()
    while world.now_us < until_us:
        summary.fold(world.advance(until_us, SLICE_ENTRIES))
    return summary.decided - before, (until_us - began_us) / SECOND, time.perf_counter() - began_s


def _tasks(world: World, count: int) -> tuple[int, float]:
    """(done, virtual seconds) for a Job of equal tasks, from its submission to its end or for half a minute."""
    summary = Summary()
    submitted_us, until_us = 4 * SECOND, 34 * SECOND
    job = SubmitTasks(count=count, name="scale", cpu_milli=500, memory_mib=256, duration_ms=TASK_MS)
    for portion in execute(world, [Timed(0, SetRate(0)), Timed(submitted_us, job)], submitted_us):
        summary.fold(portion)
    while summary.tasks_done < count and world.now_us < until_us:
        summary.fold(world.advance(until_us, 500))
    return summary.tasks_done, (world.now_us - submitted_us) / SECOND


def trials(
    scenario: str, name: str, switch: str, first: int, count: int, until_found: bool, keep: int
) -> Plain:
    """Try seeds `first` up to `first + count - 1`, or until one breaks something; `keep` findings come back whole.

    scenario: with the bug planted. name, switch: what it was asked for as.
    """
    chosen = scenario_from(msgspec.json.decode(scenario))
    began_s = time.perf_counter()
    total = {"tried": 0, "violations": 0, "virtual_us": 0, "entries": 0}
    found: list[Plain] = []
    for seed in range(first, first + count):
        outcome, finding = tried(chosen, seed, name, switch)
        total["tried"] += 1
        total["virtual_us"] += outcome.until_us
        total["entries"] += outcome.entries
        if finding is not None:
            total["violations"] += 1
            if len(found) < keep:
                found.append(to_plain(finding))
            if until_found:
                break
    return {**total, "found": found, "wall_s": time.perf_counter() - began_s}


def shrunk(scenario: str, finding: Plain) -> Plain:
    """A finding with as few steps as possible; scenario: with the bug planted."""
    chosen = scenario_from(msgspec.json.decode(scenario))
    return to_plain(shrink(chosen, from_plain(finding)))


def _timed(commands: list[Plain]) -> list[Timed]:
    return [Timed(one["at_us"], decode_command(one["command"]), one.get("where", "")) for one in commands]


def taken(scenario: str, seed: int, commands: list[Plain], until_us: int) -> list[Plain]:
    """The commands that a world takes when they are given at their times, each with the `seq` of its entry."""
    world = World(scenario_from(msgspec.json.decode(scenario)), seed)
    world.start()
    found = []
    for one in commands:
        if one["at_us"] > until_us:
            break
        while world.now_us < one["at_us"] and world.failure is None:
            world.advance(one["at_us"], SLICE_ENTRIES)
        entries = world.take(decode_command(one["command"]))
        if not isinstance(entries, Refused):
            found.append({**one, "seq": entries[0].seq})
    return found


def world_at(scenario: str, seed: int, commands: list[Plain], at_us: int) -> bytes:
    """The world of a recorded run as it stood at `at_us`, for `continuations`."""
    return futures.at(scenario_from(msgspec.json.decode(scenario)), seed, _timed(commands), at_us)


def continuations(frozen: bytes, first: int, count: int, horizon_us: int) -> list[Plain]:
    """Continue a world `count` times."""
    seeds = range(first, first + count)
    return [futures.plain(futures.continued(frozen, seed, horizon_us)[0]) for seed in seeds]


def continuation(frozen: bytes, seed: int, horizon_us: int) -> Plain:
    """One continuation with what happened to it: `{commands, until_us}`."""
    _, bench = futures.continued(frozen, seed, horizon_us)
    return {"commands": plain_steps(bench.steps), "until_us": bench.now_us}


def why(scenario: str, view: bytes, wires: list[bytes], pod: str) -> Plain | None:
    """All there is to say about a pod at an entry; None if there is no such pod then.

    scenario: as it is stored with the run. view, wires: a keyframe's picture, and the wire entries after it.
    """
    configuration = msgspec.json.decode(scenario).get("scheduler")
    try:
        return explain(picture_at(view, wires), configuration, pod)
    except KeyError:
        return None


def balance(view: bytes, wires: list[bytes], at_us: int) -> Plain:
    """The measures at an entry: `{nodes: [...], figures: {...}}`."""
    seen = Balance.of(picture_at(view, wires), at_us)
    return {"nodes": seen.rows(), "figures": seen.figures()}


def side(
    scenario: str, seed: int, commands: list[Plain], until_us: int, to_us: int, frozen: bytes | None
) -> Plain:
    """One side of a comparison goes on to `to_us`: what it measured so far, and `frozen` to go on with (None at its end).

    scenario: with its profile. frozen: None to begin.
    """
    now = (
        rivalry.thawed(frozen)
        if frozen is not None
        else rivalry.begun(scenario_from(msgspec.json.decode(scenario)), seed, until_us)
    )
    rivalry.advance(now, _timed(commands), to_us)
    over = to_us >= until_us or now.refused is not None
    return {**rivalry.told(now), "frozen": None if over else rivalry.frozen(now)}


JOBS: dict[str, Callable[..., Any]] = {
    "digests": digests,
    "entries": entries,
    "measure": measure,
    "trials": trials,
    "shrunk": shrunk,
    "taken": taken,
    "world_at": world_at,
    "continuations": continuations,
    "continuation": continuation,
    "why": why,
    "balance": balance,
    "side": side,
}
