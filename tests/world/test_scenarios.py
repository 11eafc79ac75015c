"""Scenarios: the shipped ones are whole, and a mistake in one is one sentence with its line."""

from __future__ import annotations

import pytest

from app.scenarios import (
    ScenarioError,
    load_scenario,
    parse_scenario,
    scenario_from,
    shipped,
    to_plain,
    with_compute,
    with_size,
)
from app.scenarios.loader import FOLDER

TEXT = (FOLDER / "classroom.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_load_and_come_back_from_plain_data(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario_from(to_plain(scenario)) == scenario


def test_the_cluster_is_that_of_the_design():
    scenario = load_scenario("classroom")
    assert scenario.of_role("storage") == ("s1", "s2", "s3", "s4", "s5")
    assert scenario.of_role("compute") == ("c1", "c2", "c3", "c4", "c5", "c6")
    assert scenario.of_role("client") == ("w1", "w2")
    assert scenario.of_role("api") == ("api1",)
    assert scenario.of_role("intruder") == ("x1",)
    zones = {machine.node: machine.zone for machine in scenario.machines}
    assert [node for node, zone in zones.items() if zone == "b"] == ["s3", "c3", "c4"]


def test_no_two_constants_share_a_name():
    scenario = load_scenario("classroom")
    parts = (scenario.network, scenario.disk, scenario.consensus, scenario.kube, scenario.clients)
    names = [name for part in parts for name in part.__struct_fields__]
    assert len(names) == len(set(names))
    assert scenario.constants()["heartbeat_us"] == 1_000_000
    assert scenario.constants()["fsync_us_max"] == 36_000


def test_sizes_spread_over_the_zones():
    machines = with_size(load_scenario("classroom"), 7, 12).machines
    assert [m.zone for m in machines if m.role == "storage"] == list("abcabca")
    assert sum(m.role == "compute" for m in machines) == 12
    assert {m.node for m in machines} >= {"w1", "w2", "api1", "x1"}


def change(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            change("loss_ppm: 0", "loss_ppm: 1000001"),
            "x.yaml, line 27: network.loss_ppm is 1000001: expected `int` <= 1000000.",
            id="out of range",
        ),
        pytest.param(
            change("window: 16", "window: wide"),
            "x.yaml, line 41: consensus.window is 'wide': expected `int`, got `str`.",
            id="wrong type",
        ),
        pytest.param(
            change("  window: 16\n", "  window: 0\n"),
            "x.yaml, line 35: consensus: window is 0; allowed is 1 or more.",
            id="refused by its own room",
        ),
        pytest.param(
            change("  window: 16", "  windows: 16"),
            "x.yaml, line 41: there is no field consensus.windows; see the shipped scenarios.",
            id="unknown key",
        ),
        pytest.param(
            change("node: s2, role: storage", "node: s1, role: storage"),
            "x.yaml, line 8: node is 's1', which stands for an earlier machine already.",
            id="a name given twice",
        ),
        pytest.param(
            change("role: intruder", "role: spy"),
            "x.yaml, line 21: machines.14: role is 'spy'; allowed are storage, compute, client, api, intruder.",
            id="unknown role",
        ),
        pytest.param(
            change("[25_000, 30_000, 36_000]", "[30_000, 25_000]"),
            "x.yaml, line 33: fsync_us is [30000, 25000]; its quantiles must rise.",
            id="quantiles that fall",
        ),
        pytest.param(
            change("about: ", "about: x\nabout: "), "x.yaml, line 4: about is given twice.", id="a key given twice"
        ),
        pytest.param(
            change("protocol: multipaxos", "protocol: raft"),
            "x.yaml, line 4: protocol is 'raft'; allowed is multipaxos or singledecree.",
            id="protocol",
        ),
        pytest.param("a: [1, 2", "x.yaml, line 1: not YAML: expected ',' or ']', but got '<stream end>'.", id="not YAML"),
        pytest.param("", "x.yaml, line 1: expected `object`, got `null`.", id="empty"),
        pytest.param("- 1", "x.yaml, line 1: expected `object`, got `array`.", id="a list"),
        pytest.param("a: &x 1\nb: *x", "x.yaml, line 2: YAML aliases (*name) are not allowed.", id="alias"),
        pytest.param(
            "a: !!python/object:os.system 1",
            "x.yaml, line 1: not YAML: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object:os.system'.",
            id="a Python tag",
        ),
        pytest.param(
            "a: \x00",
            "x.yaml: not YAML: unacceptable character #x0000: special characters are not allowed in "
            '"<unicode string>", position 3.',
            id="a control character",
        ),
        pytest.param("[" * 5_000 + "]" * 5_000, "x.yaml, line 1: nested more than 16 deep.", id="nested too deeply"),
        pytest.param("a: 2026-13-45", "x.yaml: not YAML: month must be in 1..12.", id="a date that is none"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_that_names_the_line(text, sentence):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "x.yaml")
    assert str(caught.value) == sentence


def test_a_name_nobody_ships_is_refused():
    with pytest.raises(
        ScenarioError, match=r"There is no scenario 'class'; shipped are autoscaling, classroom, datacenter"
    ):
        load_scenario("class")


def test_a_path_works_and_a_missing_file_is_a_sentence(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT, "utf-8")
    assert load_scenario(str(path)) == load_scenario("classroom")
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        load_scenario(str(tmp_path / "absent.yaml"))


def test_plain_data_that_is_no_scenario_is_a_sentence():
    with pytest.raises(ScenarioError, match="The scenario cannot be used: "):
        scenario_from({"name": "x"})


@pytest.mark.parametrize(
    ("nodes", "slower"),
    [
        pytest.param(6, 1, id="as it is"),
        pytest.param(1_523, 24, id="762 renewals a second, 32 of them at most"),
    ],
)
def test_many_compute_nodes_renew_their_leases_less_often(nodes: int, slower: int) -> None:
    plain = load_scenario("classroom").kube
    kube = with_compute(load_scenario("classroom"), [(f"n{n}", 4_000, 8_192, 0) for n in range(nodes)]).kube
    assert (kube.lease_us, kube.grace_us) == (plain.lease_us * slower, plain.grace_us * slower)
    assert kube.toleration_us == plain.toleration_us


def test_snapshots_of_many_compute_nodes_are_rarer() -> None:
    few, many = ([(f"n{n}", 4_000, 8_192, 0) for n in range(nodes)] for nodes in (6, 1_523))
    plain = load_scenario("datacenter")
    assert with_compute(plain, few).consensus == plain.consensus
    assert with_compute(plain, many).consensus.snapshot_every == 200
