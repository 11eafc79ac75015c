"""REST: entries, keyframes, landmarks: the same run whichever way it is read."""

from __future__ import annotations

from typing import Any

import msgspec
from flask.testing import FlaskClient

from app.world.picture import fold

PACKED = {"Accept": "application/msgpack"}


def head(client: FlaskClient, run: str) -> int:
    seq: int = client.get(f"/api/v1/runs/{run}").get_json()["head_seq"]
    return seq


def entries(client: FlaskClient, run: str, query: str) -> Any:
    return client.get(f"/api/v1/runs/{run}/entries?{query}").get_json()


def test_pages_lead_through_everything_once(client: FlaskClient, run: str) -> None:
    seqs: list[int] = []
    following: int | None = 0
    while following is not None:
        page = entries(client, run, f"from_seq={following}&limit=7")
        seqs += [entry["seq"] for entry in page["entries"]]
        following = page["next"]
    assert seqs == list(range(head(client, run) + 1))


def test_filters_by_type_node_and_time(client: FlaskClient, run: str) -> None:
    everything = entries(client, run, "limit=5000")["entries"]
    sent = entries(client, run, "type=message-sent&limit=5000")["entries"]
    assert sent == [entry for entry in everything if entry["type"] == "message-sent"]
    by_node = entries(client, run, "node=s2&limit=5000")["entries"]
    assert by_node
    assert all("s2" in entry.values() for entry in by_node)
    middle_us = everything[len(everything) // 2]["at_us"]
    late = entries(client, run, f"from_us={middle_us}&limit=5000")["entries"]
    assert late == [entry for entry in everything if entry["at_us"] >= middle_us]
    early = entries(client, run, f"to_us={middle_us}&limit=5000")["entries"]
    assert early == [entry for entry in everything if entry["at_us"] <= middle_us]


def test_packed_entries_are_wire_entries(client: FlaskClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/entries?from_seq=0&to_seq=4", headers=PACKED)
    assert answer.content_type == "application/msgpack"
    wires = msgspec.msgpack.decode(answer.data)
    assert [wire[0] for wire in wires] == [0, 1, 2, 3, 4]
    named = entries(client, run, "from_seq=0&to_seq=4")["entries"]
    assert [wire[3][0] for wire in wires] == [entry["type"] for entry in named]


def test_a_keyframe_is_the_fold_of_the_entries_up_to_it(client: FlaskClient, run: str) -> None:
    kept = msgspec.msgpack.decode(client.get(f"/api/v1/runs/{run}/keyframe").data)
    picture: Any = {}
    answer = client.get(f"/api/v1/runs/{run}/entries?to_seq={kept['seq']}&limit=5000", headers=PACKED)
    for wire in msgspec.msgpack.decode(answer.data) if kept["seq"] >= 0 else []:
        fold(picture, wire[4])
    assert {kind: found for kind, found in picture.items() if found} == {
        kind: found for kind, found in kept["view"].items() if found
    }


def test_before_the_first_keyframe_the_picture_is_empty(client: FlaskClient, run: str) -> None:
    first = msgspec.msgpack.decode(client.get(f"/api/v1/runs/{run}/keyframe?at_us=0").data)
    assert first["seq"] >= -1
    empty = msgspec.msgpack.decode(client.get(f"/api/v1/runs/{run}/keyframe?seq=0").data)
    assert (empty["seq"], empty["view"]) == (-1, {})


def test_landmarks_are_the_entries_a_person_would_look_for(client: FlaskClient, run: str) -> None:
    answer = client.post(
        f"/api/v1/runs/{run}/commands", json={"id": "k", "command": {"type": "kill-node", "node": "s3"}}
    )
    seq = answer.get_json()["seq"]
    found = client.get(f"/api/v1/runs/{run}/landmarks").get_json()["landmarks"]
    assert found[0][2] == "run-started"
    killed = [mark for mark in found if mark[2] == "node-killed"]
    assert [(mark[0], mark[3]["node"]) for mark in killed] == [(seq + 1, "s3")]
    by_kind = client.get(f"/api/v1/runs/{run}/landmarks?kind=node-killed").get_json()["landmarks"]
    by_node = client.get(f"/api/v1/runs/{run}/landmarks?node=s3").get_json()["landmarks"]
    assert by_kind == killed
    assert killed[0] in by_node


def test_verdicts_of_a_sound_run_are_none(client: FlaskClient, run: str) -> None:
    assert client.get(f"/api/v1/runs/{run}/verdicts").get_json() == {"verdicts": []}


def test_an_unknown_type_is_refused_by_name(client: FlaskClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/entries?type=message-sent,unicorn")
    assert answer.status_code == 422
    assert "unicorn" in answer.get_json()["error"]["sentence"]
