"""The sides of a comparison: measured as they go, the same in one go as in parts."""

from __future__ import annotations

import pytest

from app.scenarios import load_scenario
from app.scenarios.library import load_profile, load_workload, with_profile
from app.search import rivalry
from app.search.execute import Timed
from app.world.registry import decode_command

SECOND = 1_000_000


def commands(workload: str) -> list[Timed]:
    return [Timed(one["at_us"], decode_command(one["command"])) for one in load_workload(workload).commands]


def run(
    profile: str, workload: str = "mixed", until_s: int = 30, stops: tuple[int, ...] = ()
) -> rivalry.Plain:
    scenario = with_profile(load_scenario("datacenter"), load_profile(profile))
    side = rivalry.begun(scenario, 5, until_s * SECOND)
    for stop_s in (*stops, until_s):
        rivalry.advance(side, commands(workload), stop_s * SECOND)
        side = rivalry.thawed(rivalry.frozen(side))
    return rivalry.told(side)


def test_in_parts_it_is_what_it_is_in_one_go() -> None:
    assert run("default", until_s=16, stops=(3, 8, 11)) == run("default", until_s=16)


def test_packing_leaves_whole_nodes_free_and_spreading_does_not() -> None:
    spread, packed = run("default"), run("binpack")
    assert spread["figures"]["mean_cpu_jain_milli"] > packed["figures"]["mean_cpu_jain_milli"]
    assert spread["figures"]["mean_cpu_imbalance_milli"] < packed["figures"]["mean_cpu_imbalance_milli"]
    # What needs nearly a whole node waits where all nodes are half full.
    large = [pod for pod in packed["placement"] if "large" in pod]
    assert len(large) == 3
    assert not [pod for pod in spread["placement"] if "large" in pod]
    assert max(sample["fragmentation_cpu_ppm"] for sample in spread["series"]) == SECOND
    assert (packed["figures"]["waiting"], packed["figures"]["waited_max_us"] < SECOND) == (0, True)
    assert (spread["figures"]["waiting"], spread["figures"]["unschedulable"]) == (3, 3)
    assert 0 < rivalry.same_place(spread["placement"], packed["placement"]) < len(spread["placement"])


def test_it_is_measured_at_even_times() -> None:
    told = run("default", until_s=12)
    assert [sample["at_us"] for sample in told["series"]] == [n * 200_000 for n in range(1, 61)]


def test_urgent_work_takes_the_place_of_what_may_wait() -> None:
    told = run("default", "priorities", until_s=22)
    assert told["figures"]["preempted"] > 0
    assert len([pod for pod in told["placement"] if "urgent" in pod]) == 4


def test_a_service_is_spread_over_nodes_that_are_full_and_empty_alike() -> None:
    told = {profile: run(profile, "services", until_s=32) for profile in ("default", "spread")}
    webs = {
        profile: [node for pod, node in one["placement"].items() if "/web-" in pod]
        for profile, one in told.items()
    }
    assert {profile: len(nodes) for profile, nodes in webs.items()} == {"default": 12, "spread": 12}
    most = {profile: max(map(nodes.count, nodes)) for profile, nodes in webs.items()}
    assert most["spread"] == 2 < most["default"], "two on each of six nodes"


@pytest.mark.parametrize("at_us", [0, 1_000_000])
def test_a_command_that_is_refused_ends_it_and_is_told(at_us: int) -> None:
    side = rivalry.begun(load_scenario("datacenter"), 1, 5 * SECOND)
    rivalry.advance(
        side, [Timed(at_us, decode_command({"type": "kill-node", "node": "q"}), "line 3")], 5 * SECOND
    )
    assert side.refused is not None
    assert (side.refused["where"], side.refused["code"]) == ("line 3", "unknown-node")
    assert side.world.now_us == at_us
