"""A live run: paced, asked, recorded, shown, brought back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.runs.live import LiveRun, Taken
from app.runs.ports import Engine
from app.runs.registry import NoSuchRun, ReadOnly, TooManyRuns
from app.vocabulary.base import Refused
from app.vocabulary.commands import KillNode, RestartNode
from tests.runs.conftest import Bench

FOUR_S = 4.0


def test_it_keeps_to_real_time(bench: Bench) -> None:
    run = bench.new()
    bench.pass_s(FOUR_S)
    assert run.body.world.now_us == pytest.approx(4_000_000, abs=20_000)
    bench.registry.live[run.run].set_pace(speed=10)
    bench.pass_s(1.0)
    assert run.body.world.now_us == pytest.approx(14_000_000, abs=200_000)


def test_frames_tell_everything_once_and_in_order(bench: Bench) -> None:
    run = bench.new()
    bench.pass_s(FOUR_S)
    run.show()
    seqs = [msgspec.msgpack.decode(wire)[0] for frame in bench.sink.frames for wire in frame.entries]
    assert seqs == list(range(run.body.tail.head_seq + 1))
    heads = [frame.head_us for frame in bench.sink.frames]
    assert heads == sorted(heads)
    assert len(bench.sink.frames) <= FOUR_S * 20 + 2
    assert bench.sink.frames[-1].digest == run.body.tail.digest


def test_nothing_is_shown_beyond_the_lease(bench: Bench) -> None:
    """What viewers saw must be repeated after a crash before a new command enters."""
    run = bench.new()
    for _ in range(300):
        bench.pass_s(0.01)
        stored = bench.archive.get(run.run)
        assert stored is not None
        shown_us = max(frame.head_us for frame in bench.sink.frames)
        assert shown_us <= stored.reached_us


def test_pausing_gives_the_lease_back(bench: Bench) -> None:
    run = bench.new()
    bench.pass_s(0.5)
    run.set_pace(playing=False)
    stored = bench.archive.get(run.run)
    assert stored is not None
    assert stored.reached_us == run.body.world.now_us
    assert not stored.playing


def test_a_command_is_recorded_before_it_is_acknowledged(bench: Bench) -> None:
    run = bench.new()
    bench.pass_s(1.0)
    taken = run.take("a", KillNode("s1"))
    assert isinstance(taken, Taken)
    stored = bench.archive.commands(run.run)
    assert [(one.n, one.id, one.at_us, one.seq) for one in stored] == [(1, "a", taken.at_us, taken.seq)]
    assert stored[0].command == {"type": "kill-node", "node": "s1"}


def test_the_same_id_gets_the_same_answer(bench: Bench) -> None:
    run = bench.new()
    first = run.take("a", KillNode("s1"))
    head = run.body.tail.head_seq
    assert run.take("a", KillNode("s1")) == first
    assert run.take("a", RestartNode("s1")) == first
    assert run.body.tail.head_seq == head


def test_a_refused_command_is_not_recorded_and_changes_nothing(bench: Bench) -> None:
    run = bench.new()
    before = run.body.tail.digest
    assert isinstance(run.take("a", RestartNode("s1")), Refused)
    assert bench.archive.commands(run.run) == []
    assert run.body.tail.digest == before


def test_a_failing_commit_stops_the_run_and_acknowledges_nothing(bench: Bench) -> None:
    run = bench.new()
    bench.pass_s(0.2)

    def full(*_: Any) -> None:
        raise OSError("disk full")

    run._journal.command = full  # type: ignore[method-assign,assignment]
    shown = len(bench.sink.frames)
    answer = run.take("a", KillNode("s1"))
    assert isinstance(answer, Refused)
    assert "disk full" in run.error
    assert bench.sink.stops[0][0] == run.run
    told = [
        msgspec.msgpack.decode(wire)[3][0] for frame in bench.sink.frames[shown:] for wire in frame.entries
    ]
    assert "command-taken" not in told


def test_a_record_that_cannot_be_written_stops_the_run(bench: Bench) -> None:
    run = bench.new()
    bench.pass_s(0.2)

    def full(*_: Any) -> None:
        raise OSError("disk full")

    run._journal.pace = full  # type: ignore[method-assign,assignment]
    run.set_pace(playing=False)
    assert "disk full" in run.error
    assert run.meta()["state"] == "failed"
    before_us = run.body.world.now_us
    bench.pass_s(0.2)
    assert run.body.world.now_us == before_us


@pytest.mark.parametrize("step", ["entry", "message", "landmark"])
def test_a_step_goes_to_the_next_of_its_kind_and_stands(bench: Bench, step: str) -> None:
    run = bench.new()
    run.set_pace(playing=False)
    before = run.body.tail.head_seq
    run.set_pace(step=step)
    bench.pass_s(0.1)
    run.show()
    new = [msgspec.msgpack.decode(wire) for frame in bench.sink.frames for wire in frame.entries]
    new = [entry for entry in new if entry[0] > before]
    assert new
    if step == "message":
        assert any(entry[3][0].startswith("message-") for entry in new)
    if step == "landmark":
        from app.world.registry import LANDMARKS

        assert new[-1][1] == next(entry[1] for entry in new if entry[3][0] in LANDMARKS)
    stands_us = run.body.world.now_us
    bench.pass_s(1.0)
    assert run.body.world.now_us == stands_us


def test_nobody_watches_for_ten_minutes_and_it_pauses_until_somebody_comes(bench: Bench) -> None:
    run = bench.new()
    bench.sink.viewers = 0
    run.set_pace(speed=0.05)
    bench.pass_s(1.0)
    assert run.pace.playing
    bench.now_s += 601
    bench.registry.turn()
    assert not run.pace.playing
    stands_us = run.body.world.now_us
    bench.pass_s(1.0)
    assert run.body.world.now_us == stands_us
    run.touch()
    assert run.pace.playing


def test_a_pause_by_hand_stays_a_pause(bench: Bench) -> None:
    run = bench.new()
    run.set_pace(playing=False)
    run.touch()
    assert not run.pace.playing


def brought_back(bench: Bench, url: str, run: str) -> tuple[Bench, LiveRun]:
    """The run on a second bench, as after a kill of the server: nothing was closed."""
    other = Bench(url)
    other.archive.recover()
    live = other.registry.open(run)
    while not live.ready and not live.error:
        other.registry.turn()
    return other, live


def test_it_comes_back_where_it_was_and_goes_on_the_same(bench: Bench, url: str) -> None:
    run = bench.new(seed=9)
    run.set_pace(speed=10)
    bench.pass_s(1.0)
    run.take("a", KillNode("s1"))
    bench.pass_s(1.0)
    run.show()
    seen = bench.sink.frames[-1]
    other, again = brought_back(bench, url, run.run)
    assert again.error == ""
    assert again.body.world.now_us >= seen.head_us
    assert again.body.tail.digest_at(seen.head_seq) == seen.digest
    assert again.take("a", KillNode("s1")) == run.take("a", KillNode("s1"))
    assert again.pace.speed == 10
    # The first one, had it lived on, would have said the same.
    bench.pass_s((again.body.world.now_us - run.body.world.now_us) / 10_000_000 + 0.5)
    assert run.body.tail.digest_at(again.body.tail.head_seq) == again.body.tail.digest
    again.close()
    other.database.dispose()


def test_a_record_that_another_run_wrote_is_found_out(bench: Bench, url: str) -> None:
    run = bench.new()
    run.set_pace(speed=20)
    bench.pass_s(1.0)
    run.flush()
    from sqlalchemy import update

    from app.history.models import Chunk

    with bench.database.durable.begin() as connection:
        connection.execute(update(Chunk).values(digest="0" * 32))
    other, again = brought_back(bench, url, run.run)
    assert "differs from its record" in again.error
    assert again.meta()["state"] == "failed"
    other.database.dispose()


def test_under_other_code_it_opens_read_only(bench: Bench, url: str) -> None:
    run = bench.new()
    bench.pass_s(0.5)
    bench.registry.close(run.run)
    newer = msgspec.structs.replace(bench.engine, core_version="newer")
    other = Bench(url, engine=newer)
    with pytest.raises(ReadOnly, match="recorded under other code"):
        other.registry.open(run.run)
    assert other.registry.meta(run.run)["state"] == "stored"
    started = other.registry.open_default("classroom", lambda _: other.text, 1)
    assert started.run != run.run
    other.database.dispose()


def test_no_more_runs_than_allowed(url: str) -> None:
    bench = Bench(url, runs_max=2)
    first, second = bench.new(), bench.new()
    with pytest.raises(TooManyRuns, match="SYNOD_RUNS_MAX"):
        bench.new()
    assert set(bench.registry.live) == {first.run, second.run}
    bench.sink.viewers = 0
    third = bench.new()
    assert set(bench.registry.live) == {second.run, third.run}
    with pytest.raises(NoSuchRun):
        bench.registry.open("nothing")
    bench.database.dispose()


class Broken:
    """A world that raises once it has run for a second."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def advance(self, until_us: int, max_entries: int | None = None) -> Any:
        assert self._world.now_us < 1_000_000, "planted bug"
        return self._world.advance(until_us, max_entries)


def test_a_bug_stops_that_run_alone_and_keeps_its_log(url: str) -> None:
    from app.runs.engine import real_engine

    real = real_engine()

    def build(text: str, seed: int) -> Any:
        world = real.build(text, seed)
        return Broken(world) if seed == 13 else world

    engine: Engine = msgspec.structs.replace(real, build=build)
    bench = Bench(url, engine=engine)
    sound, broken = bench.new(seed=1), bench.new(seed=13)
    bench.pass_s(3.0)
    assert "planted bug" in broken.error
    assert "Traceback" in broken.error
    assert [run for run, _ in bench.sink.stops] == [broken.run]
    assert sound.body.world.now_us == pytest.approx(3_000_000, abs=20_000)
    assert isinstance(broken.take("x", KillNode("s1")), Refused)
    stored = bench.archive.get(broken.run)
    assert stored is not None
    assert (stored.state, stored.head_seq) == ("failed", broken.body.tail.head_seq)
    assert "planted bug" in stored.error
    bench.registry.live.pop(broken.run)
    with pytest.raises(ReadOnly, match="stopped with an error"):
        bench.registry.open(broken.run)
    bench.database.dispose()
