"""What is recorded is what happened, on both databases; any moment of it comes back."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, update

from app.history.archive import Archive
from app.history.chunks import pack, unpack
from app.history.database import Database, DatabaseError
from app.history.models import Base, Chunk, Keyframe
from app.history.reader import Reader, Wanted
from app.history.verification import compare, first_block_that_differs, marks
from app.search.jobs import wires as execute_again
from app.world.picture import fold
from app.world.wire import Digest
from tests.history.conftest import Recording


def plain(wire: bytes) -> Any:
    return msgspec.msgpack.decode(wire)


def test_the_migration_makes_the_tables_of_the_models(database: Database) -> None:
    with database.durable.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_is_upgrading_once(database: Database) -> None:
    database.upgrade()


def test_every_entry_is_there_byte_for_byte(recording: Recording, reader: Reader) -> None:
    assert list(reader.wires("r1")) == recording.wires


@pytest.mark.parametrize("from_seq", [0, 1, 999, 1_000, 1_001, 2_500])
def test_from_anywhere(recording: Recording, reader: Reader, from_seq: int) -> None:
    assert list(reader.wires("r1", from_seq)) == recording.wires[from_seq:]


def test_chunks_hold_about_a_thousand(recording: Recording, database: Database) -> None:
    with database.relaxed.connect() as connection:
        rows = connection.execute(select(Chunk.first_seq, Chunk.last_seq).order_by(Chunk.first_seq)).all()
    assert [row[0] for row in rows[1:]] == [row[1] + 1 for row in rows[:-1]], "no hole, no overlap"
    assert all(1_000 <= last - first + 1 < 1_400 for first, last in rows[:-1])


def test_a_chunk_that_is_not_full_is_written_again_fuller(archive: Archive, database: Database) -> None:
    recording = Recording(archive)
    for second in range(1, 4):
        recording.add(recording.world.advance(second * 1_000_000))
        recording.flush()
    with database.relaxed.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Chunk)).scalar_one() == 1
    assert list(Reader(database).wires("r1")) == recording.wires
    stored = archive.get("r1")
    assert stored is not None
    with database.relaxed.connect() as connection:
        chunk = connection.execute(select(func.length(Chunk.data))).scalar_one()
        keyframes = connection.execute(select(func.sum(func.length(Keyframe.data)))).scalar_one()
    assert stored.bytes == chunk + keyframes


def test_a_keyframe_is_the_fold_of_everything_before(
    recording: Recording, reader: Reader, database: Database
) -> None:
    with database.relaxed.connect() as connection:
        seqs = connection.execute(select(Keyframe.seq).order_by(Keyframe.seq)).scalars().all()
    assert len(seqs) >= 2
    picture: Any = {}
    for seq, wire in enumerate(recording.wires):
        fold(picture, plain(wire)[4])
        if seq in seqs:
            view = plain(reader.keyframe("r1", seq=seq).view)
            assert {k: v for k, v in picture.items() if v} == {k: v for k, v in view.items() if v}


def test_the_keyframes_of_a_large_cluster_take_no_more_room_than_its_entries(
    archive: Archive, database: Database
) -> None:
    recording = Recording(archive)
    # Cannot be compressed: as large as the entries of some fifteen seconds.
    view = {"Pod": {"p": {"noise": random.Random(1).randbytes(60_000)}}}
    for second in range(1, 120):
        recording.add(recording.world.advance(second * 1_000_000))
        recording.recorder.flush(recording.digest.hex, lambda: view, second)
    with database.relaxed.connect() as connection:
        chunks = connection.execute(select(func.sum(func.length(Chunk.data)))).scalar_one()
        seqs = connection.execute(select(Keyframe.seq).order_by(Keyframe.seq)).scalars().all()
    assert 2 <= len(seqs) <= chunks / 60_000 + 1
    assert min(later - seq for seq, later in pairwise(seqs)) > 4_096


def test_the_nearest_keyframe_at_or_before(recording: Recording, reader: Reader, database: Database) -> None:
    with database.relaxed.connect() as connection:
        rows = connection.execute(select(Keyframe.seq, Keyframe.at_us).order_by(Keyframe.seq)).all()
    (first, first_us), (second, second_us) = rows[0], rows[1]
    assert reader.keyframe("r1", seq=second).seq == second
    assert reader.keyframe("r1", seq=second - 1).seq == first
    assert reader.keyframe("r1", at_us=second_us).seq == second
    assert reader.keyframe("r1", at_us=second_us - 1).seq == first
    assert reader.keyframe("r1", seq=first - 1).seq == -1
    assert reader.keyframe("r1").seq == rows[-1][0]
    assert first_us >= 0


def test_filters(recording: Recording, reader: Reader) -> None:
    every = [plain(wire) for wire in recording.wires]
    for wanted, keep in (
        (Wanted(tags=("node-killed",)), lambda e: e[3][0] == "node-killed"),
        (Wanted(node="s2"), lambda e: "s2" in e[3][1:]),
        (Wanted(from_us=14_000_000, to_us=16_000_000), lambda e: 14_000_000 <= e[1] <= 16_000_000),
        (Wanted(from_seq=10, to_seq=20), lambda e: 10 <= e[0] <= 20),
        (Wanted(from_us=1 << 50), lambda e: False),
    ):
        found, following = reader.entries("r1", wanted, 100_000)
        assert found == [entry for entry in every if keep(entry)]
        assert following is None


def test_pages(recording: Recording, reader: Reader) -> None:
    found, following = reader.entries("r1", Wanted(tags=("message-sent",)), 5)
    assert len(found) == 5
    rest, _ = reader.entries("r1", Wanted(from_seq=following or 0, tags=("message-sent",)), 5)
    assert rest[0][0] == following


def test_landmarks_by_kind_and_node(recording: Recording, reader: Reader) -> None:
    killed = reader.landmarks("r1", kind="node-killed")
    assert [(mark[2], mark[3]["node"]) for mark in killed] == [("node-killed", "s2")]
    assert killed[0] in reader.landmarks("r1", node="s2")
    every = reader.landmarks("r1")
    assert every[0][2] == "run-started"
    assert reader.landmarks("r1", after_seq=every[0][0]) == every[1:]


def test_what_comes_again_after_a_restart_is_passed_over(
    recording: Recording, archive: Archive, reader: Reader
) -> None:
    again = archive.journal("r1")
    from app.world.wire import decode_entry

    for wire in recording.wires:
        again.add(decode_entry(wire), wire)
    again.flush(recording.digest.hex, recording.world.view, 10.0, force=True)
    assert list(reader.wires("r1")) == recording.wires


def test_a_command_id_is_taken_once(recording: Recording) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError):
        recording.recorder.command(2, "id1", 0, 0, {})


def test_commands_come_back_as_they_were(recording: Recording, archive: Archive) -> None:
    (command,) = archive.commands("r1")
    assert (command.n, command.id, command.command) == (1, "id1", {"type": "kill-node", "node": "s2"})
    assert plain(recording.wires[command.seq])[3][0] == "command-taken"


def again(recording: Recording, archive: Archive) -> Any:
    commands = [{"at_us": one.at_us, "command": one.command} for one in archive.commands("r1")]
    return execute_again(recording.text, recording.seed, commands, 30_000_000)


def test_executed_again_it_is_identical(recording: Recording, archive: Archive, reader: Reader) -> None:
    found = compare(reader.wires("r1"), again(recording, archive))
    assert found.identical
    assert found.sentence == f"identical, {len(recording.wires):,} entries"


def test_the_first_difference_is_named(
    recording: Recording, archive: Archive, reader: Reader, database: Database
) -> None:
    with database.durable.begin() as connection:
        data = connection.execute(
            select(Chunk.data).where(Chunk.first_seq > 0).order_by(Chunk.first_seq).limit(1)
        )
        wires = unpack(data.scalar_one())
        forged = plain(wires[7])
        forged[3] = ["node-killed", "s5", forged[1], 0]
        wires[7] = msgspec.msgpack.encode(forged)
        where = Chunk.first_seq == plain(wires[0])[0]
        connection.execute(update(Chunk).where(where).values(data=pack(wires)[2]))
    found = compare(reader.wires("r1"), again(recording, archive))
    assert not found.identical
    assert found.first_difference is not None
    assert found.first_difference.seq == forged[0]
    assert f"different from entry {forged[0]:,} on: recorded node-killed" in found.sentence
    recorded = marks(reader.wires("r1"), Digest(), lambda: None)
    executed = marks(again(recording, archive), Digest(), lambda: None)
    block = first_block_that_differs(recorded, executed)
    assert block is not None
    assert block[0] <= forged[0] <= block[1]


def test_retention_drops_stored_runs_before_live_ones_and_old_entries_before_new(
    database: Database, archive: Archive
) -> None:
    for run in ("old", "kept", "live"):
        recording = Recording(archive, run, seed=2)
        recording.advance(25_000_000)
        recording.recorder.end("live" if run == "live" else "stored")
    sizes = {stored.run: stored.bytes for stored in archive.runs()}
    strict = Archive(database, sizes["kept"] + sizes["live"])
    strict.retain()
    assert {stored.run for stored in archive.runs()} == {"kept", "live"}
    stricter = Archive(database, sizes["live"] // 2)
    stricter.retain()
    (live,) = archive.runs()
    assert live.first_seq > 0
    assert live.bytes <= sizes["live"] // 2 + 40_000
    left = list(Reader(database).wires("live"))
    assert plain(left[0])[0] == live.first_seq
    assert plain(left[-1])[0] == live.head_seq
    with database.relaxed.connect() as connection:
        chunks = connection.execute(select(func.sum(func.length(Chunk.data)))).scalar_one()
        keyframes = connection.execute(
            select(func.coalesce(func.sum(func.length(Keyframe.data)), 0))
        ).scalar_one()
    assert live.bytes == chunks + keyframes


def test_after_a_start_nothing_is_live_that_is_not_opened(archive: Archive) -> None:
    Recording(archive, "r9").flush()
    archive.recover()
    stored = archive.get("r9")
    assert stored is not None
    assert stored.state == "stored"
    latest = archive.latest()
    assert latest is not None
    assert latest.run == "r9"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("sqlite:////proc/none/x.sqlite", "cannot be made", id="no such folder"),
        pytest.param("postgresql+psycopg://a:secret@127.0.0.1:1/x", "SYNOD_DATABASE_URL", id="no server"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(url: str, says: str) -> None:
    def use() -> None:
        database = Database(url)
        try:
            database.upgrade()
        finally:
            database.dispose()

    with pytest.raises(DatabaseError, match=says) as raised:
        use()
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
