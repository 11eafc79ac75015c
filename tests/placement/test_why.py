"""Why a pod waits, read from a picture; and what is suggested is true when it is done."""

from __future__ import annotations

from typing import Any

import pytest

from app.placement.pictures import cluster_of
from app.placement.why import explain, state_of, told_attempts
from app.questions import worded
from app.scenarios import load_scenario
from app.search.execute import Timed, execute
from app.words import sentences
from app.world.registry import decode_command
from app.world.world import World

SECOND = 1_000_000


def command(at_s: int, **fields: Any) -> Timed:
    return Timed(at_s * SECOND, decode_command(fields))


def submit(at_s: int, name: str, count: int, cpu_milli: int) -> Timed:
    what = {"type": "submit-tasks", "count": count, "name": name, "cpu_milli": cpu_milli}
    return command(at_s, **what, memory_mib=256, duration_ms=60_000)


def world_of(*commands: Timed, until_s: int) -> World:
    world = World(load_scenario("datacenter"), 7)
    for _ in execute(world, commands, until_s * SECOND):
        pass
    return world


CORDONED = [command(3, type="cordon-node", node=f"c{n}") for n in range(1, 7)]


@pytest.mark.parametrize(
    ("before", "code", "sentence", "cure"),
    [
        pytest.param(CORDONED, "uncordon", "uncordon c", {"type": "uncordon-node"}, id="all are cordoned"),
        pytest.param(
            [submit(3, "fill", 6, 3_500)],
            "free",
            "free 500m cpu on c",
            {"type": "delete-pod"},
            id="all are full",
        ),
    ],
)
def test_the_first_suggestion_is_true(
    before: list[Timed], code: str, sentence: str, cure: dict[str, str]
) -> None:
    wait = submit(5, "late", 1, 1_000)
    told = worded(explain(world_of(*before, wait, until_s=6).view(), {}, "default/late-0"))
    assert told["state"] == "pending"
    assert told["message"].startswith("0/6 nodes are available:")
    first = told["suggestions"][0]
    assert first["code"] == code
    assert first["sentence"].startswith(sentence)
    node = first["fields"]["node"]
    if "delete" in cure["type"]:
        done = [command(6, type="delete-job", name="fill", namespace="default")]
    else:
        done = [command(6, node=node, **cure)]
    after = explain(world_of(*before, wait, *done, until_s=20).view(), {}, "default/late-0")
    assert after["state"] in ("bound", "finished")
    assert code == "free" or after["node"] == node
    assert len(after["attempts"]) >= 2
    assert after["attempts"][-1]["woke"]


def test_the_picture_shows_the_cluster_that_the_scheduler_has() -> None:
    world = world_of(submit(3, "a", 5, 1_000), until_s=6)
    processes: list[Any] = [machine.process for machine in world._host.machines.values()]
    leader = next(process for process in processes if getattr(process, "leading", False))
    held, shown = leader.control.reign.driver.cache.snapshot(), cluster_of(world.view()).snapshot
    assert [node.name for node in shown.nodes] == [node.name for node in held.nodes]
    assert sum(len(node.pods) for node in shown.nodes) == 5
    for node in held.nodes:
        assert shown.by_name[node.name].requested == node.requested
        assert set(shown.by_name[node.name].pods) == set(node.pods)
    assert shown.namespace_labels("default") == held.namespace_labels("default")


def test_rows_that_were_not_written_again_are_filled_in() -> None:
    rows = [["c1", {"NodeName": ["no"]}, {}, 0]]
    one = {"attempt": 11, "node": "", "rows": rows, "counts": {"no": 1}, "same_as": 0, "victims": []}
    two = one | {"attempt": 12, "rows": [], "counts": {}, "same_as": 11}
    told = told_attempts({"1": one, "2": two, "last": 12, "node": ""})
    assert [row["attempt"] for row in told] == [11, 12]
    assert (
        told[1]["rows"]
        == told[0]["rows"]
        == [{"node": "c1", "refused": {"NodeName": ["no"]}, "scores": {}, "total": 0}]
    )
    assert told[1]["counts"] == {"no": 1}


def test_a_pod_of_another_scheduler_waits_for_it() -> None:
    world = world_of(submit(3, "a", 1, 1_000), until_s=2)
    view = world.view()
    view["Pod"] = {
        "default/p": {
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"containers": [{"name": "m", "image": "i"}], "schedulerName": "mine"},
            "status": {"phase": "Pending"},
        }
    }
    told = worded(explain(view, {}, "default/p"))
    assert (told["state"], told["suggestions"]) == ("unclaimed", [])
    assert told["sentence"] == "p waits for a scheduler called mine, and there is none"
    with pytest.raises(KeyError):
        explain(view, {}, "default/q")


def test_every_state_and_every_code_has_words() -> None:
    import app.orchestration.scheduler.remedies as remedies

    assert state_of.__doc__
    words = sentences()
    assert set(words["why"]) == {"pending", "gated", "unclaimed", "bound", "terminating", "finished"}
    table = [line.split("|")[1] for line in (remedies.__doc__ or "").splitlines() if line.startswith("|")][2:]
    codes = {code.strip() for cell in table for code in cell.split(",")}
    assert codes == set(words["advice"])
