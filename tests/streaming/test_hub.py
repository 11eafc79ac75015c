"""Who gets which frame: keeping up, falling behind, coming back."""

from __future__ import annotations

import pytest

from app.checking.verdict import INVALID, Verdict
from app.runs.ports import Frame, Keyframe
from app.streaming.hub import WINDOW, Hub, Viewer
from tests.streaming.line import ListLine

RUN = "r1"


class Stage:
    """A hub whose run has `head_seq + 1` entries."""

    def __init__(self) -> None:
        self.line = ListLine()
        self.hub = Hub(self.line)
        self.head_seq = -1

    def keyframe(self) -> Keyframe:
        return Keyframe(RUN, self.head_seq, self.head_seq * 10, f"d{self.head_seq}", {})

    def viewer(self, sid: str) -> Viewer:
        viewer = self.hub.connected(sid, True)
        self.hub.join_afresh(viewer, self.keyframe(), {})
        return viewer

    def frame(self, entries: int = 1) -> None:
        first = self.head_seq + 1
        self.head_seq += entries
        wires = tuple(bytes([seq % 128]) for seq in range(first, self.head_seq + 1))
        self.hub.frame(
            Frame(RUN, first, self.head_seq, self.head_seq * 10, 1.0, True, 1.0, f"d{self.head_seq}", wires),
            self.keyframe,
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_new_viewer_gets_a_keyframe_without_gap_and_then_frames(stage: Stage) -> None:
    stage.viewer("a")
    stage.frame()
    assert stage.line.events("a") == ["reset", "frame"]
    assert "gap" not in stage.line.sent["a"][0][1]
    assert stage.line.last("a")["viewers"] == 1


def test_all_who_keep_up_are_sent_one_packet(stage: Stage) -> None:
    for sid in "abc":
        stage.viewer(sid)
    stage.frame()
    assert stage.line.sent["a"][-1] is not None
    packets = [stage.line.sent[sid][-1][1] for sid in "abc"]
    assert packets[0] is packets[1] is packets[2]
    assert stage.hub.frames == 1


def test_a_viewer_that_acknowledges_nothing_is_sent_no_more_than_the_window(stage: Stage) -> None:
    stage.viewer("slow")
    for _ in range(WINDOW + 50):
        stage.frame()
    assert stage.line.events("slow").count("frame") == WINDOW
    assert stage.hub.gaps == 1


def test_after_acknowledging_it_goes_on_with_a_keyframe_that_names_the_gap(stage: Stage) -> None:
    slow = stage.viewer("slow")
    for _ in range(WINDOW + 50):
        stage.frame()
    last_seen = slow.sent_seq
    assert stage.hub.acknowledge(slow, last_seen)
    stage.frame()
    event, data = stage.line.sent["slow"][-1]
    assert (event, data["gap"], data["seq"]) == ("reset", [last_seen + 1, stage.head_seq], stage.head_seq)
    stage.frame()
    assert stage.line.sent["slow"][-1][0] == "frame"
    assert stage.line.last("slow")["first_seq"] == data["seq"] + 1


def test_frames_left_over_between_two_acknowledgements_do_not_hold_it_back(stage: Stage) -> None:
    """Viewers acknowledge every fourth frame: after a join, up to three stay open for good."""
    slow = stage.viewer("slow")
    for _ in range(WINDOW + 1):
        stage.frame()
    thirteenth = 12
    assert stage.hub.acknowledge(slow, thirteenth)


def test_it_goes_on_although_the_run_stands_still(stage: Stage) -> None:
    slow = stage.viewer("slow")
    for _ in range(WINDOW + 5):
        stage.frame()
    assert stage.hub.acknowledge(slow, slow.sent_seq)
    stage.hub.resume(slow, stage.keyframe)
    assert stage.line.events("slow")[-1] == "reset"
    stage.frame()
    assert stage.line.events("slow")[-1] == "frame"


def test_a_full_queue_counts_as_behind_whatever_is_acknowledged(stage: Stage) -> None:
    liar = stage.viewer("liar")
    stage.line.queues["liar"] = 1_000
    stage.hub.acknowledge(liar, 1 << 52)
    stage.frame()
    assert stage.line.events("liar") == ["reset"]
    assert not stage.hub.acknowledge(liar, 1 << 52)


def test_a_frame_in_parts_is_not_shown_twice_to_one_that_resumes(stage: Stage) -> None:
    slow = stage.viewer("slow")
    for _ in range(WINDOW + 1):
        stage.frame()
    stage.hub.acknowledge(slow, slow.sent_seq)
    first = stage.head_seq + 1
    stage.head_seq += 2
    for seq in (first, first + 1):
        part = Frame(RUN, seq, seq, 0, 1.0, True, 1.0, "", (b"\x00",))
        stage.hub.frame(part, stage.keyframe)
    assert stage.line.events("slow")[WINDOW + 1 :] == ["reset"]
    assert stage.line.last("slow")["seq"] == stage.head_seq


def test_who_waits_for_a_rebuilt_run_gets_its_picture_with_the_first_frame(stage: Stage) -> None:
    viewer = stage.hub.connected("early", True)
    stage.hub.wait_for(viewer, RUN)
    stage.frame()
    assert stage.line.events("early") == ["reset"]
    assert "gap" not in stage.line.last("early")
    stage.frame()
    assert stage.line.events("early") == ["reset", "frame"]


def test_leaving_and_disconnecting_end_it(stage: Stage) -> None:
    one, two = stage.viewer("one"), stage.viewer("two")
    stage.hub.leave(one)
    stage.hub.disconnected("two")
    stage.frame()
    assert stage.line.events("one") == stage.line.events("two") == ["reset"]
    assert stage.hub.watched(RUN) == 0
    assert two.run == ""


def test_joining_another_run_leaves_the_first(stage: Stage) -> None:
    viewer = stage.viewer("a")
    stage.hub.join_afresh(viewer, Keyframe("other", 5, 50, "x", {}), {})
    stage.frame()
    assert stage.line.events("a") == ["reset", "reset"]
    assert (stage.hub.watched(RUN), stage.hub.watched("other")) == (0, 1)


def test_a_failed_run_is_told_to_all_who_look(stage: Stage) -> None:
    stage.viewer("a")
    stage.hub.stopped(RUN, "boom")
    assert stage.line.sent["a"][-1] == ("stopped", {"run": RUN, "error": "boom"})


def test_a_verdict_reaches_everyone_who_looks_at_the_run_and_nobody_else(stage: Stage) -> None:
    stage.viewer("a")
    stage.hub.connected("elsewhere", True)
    verdict = Verdict("promises", INVALID, 7, (3, 7), "promise-went-back", {"node": "s1"}, "lost-fsync")
    stage.hub.verdict(RUN, verdict)
    assert stage.line.events("a")[-1] == "verdict"
    assert stage.line.last("a") == {
        "run": RUN, "check": "promises", "seq": 7, "status": INVALID, "code": "promise-went-back",
        "fields": {"node": "s1"}, "proof": [3, 7], "assumption": "lost-fsync",
    }  # fmt: skip
    assert "elsewhere" not in stage.line.sent
