"""The tables. Changes here need a migration (`migrations/versions/`); a test compares the two."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

RUN_ID = String(16)


class Base(DeclarativeBase):
    """The tables' common ground."""


class Run(Base):
    """A run, in a tree of branches. (scenario_text, seed, commands) is all of it; the rest is for speed.

    reached_us: viewers may have seen everything before it (leased ahead). head_*: of the last recorded chunk.
    created_at: ISO 8601, UTC. bytes: what its chunks and keyframes take. state: live, stored or failed.
    """

    __tablename__ = "run"

    run: Mapped[str] = mapped_column(RUN_ID, primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("run.run", ondelete="SET NULL"))
    forked_at_seq: Mapped[int | None] = mapped_column(BigInteger)
    scenario: Mapped[str] = mapped_column(String(200))
    scenario_text: Mapped[str] = mapped_column(Text)
    seed: Mapped[int] = mapped_column(BigInteger)
    core_version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8), default="live")
    error: Mapped[str] = mapped_column(Text, default="")
    playing: Mapped[bool] = mapped_column(default=True)
    speed: Mapped[float] = mapped_column(Float, default=1.0)
    reached_us: Mapped[int] = mapped_column(BigInteger, default=0)
    first_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    head_seq: Mapped[int] = mapped_column(BigInteger, default=-1)
    head_us: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    violations: Mapped[int] = mapped_column(BigInteger, default=0)


class Command(Base):
    """A command that was taken: the n-th of its run, as entry `seq` at `at_us`. `id` is the caller's."""

    __tablename__ = "command"
    __table_args__ = (UniqueConstraint("run", "id"),)

    run: Mapped[str] = mapped_column(ForeignKey("run.run", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(64))
    at_us: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    command: Mapped[str] = mapped_column(Text)


class Chunk(Base):
    """About 1,000 entries in a row, packed (`chunks.py`). digest: after the last of them."""

    __tablename__ = "chunk"
    __table_args__ = (Index("chunk_by_time", "run", "last_us"),)

    run: Mapped[str] = mapped_column(ForeignKey("run.run", ondelete="CASCADE"), primary_key=True)
    first_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    first_us: Mapped[int] = mapped_column(BigInteger)
    last_us: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Keyframe(Base):
    """The picture after entry `seq`, at the end of an instant; MessagePack, compressed."""

    __tablename__ = "keyframe"
    __table_args__ = (Index("keyframe_by_time", "run", "at_us"),)

    run: Mapped[str] = mapped_column(ForeignKey("run.run", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Landmark(Base):
    """An entry that a person would look for. node: the machine it is about, or "". fields: JSON."""

    __tablename__ = "landmark"
    __table_args__ = (
        Index("landmark_by_kind", "run", "kind", "seq"),
        Index("landmark_by_node", "run", "node", "seq"),
        Index("landmark_by_time", "run", "at_us"),
    )

    run: Mapped[str] = mapped_column(ForeignKey("run.run", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(64))
    node: Mapped[str] = mapped_column(String(64))
    fields: Mapped[str] = mapped_column(Text)


class Verdict(Base):
    """What a checker says about a run up to `seq`. verdict: valid, invalid, stalled or unknown (budget spent).

    code, fields: the sentence about it, in `words`, section `verdict`. proof: JSON list of the seqs that prove it.
    assumption: the faults outside the protocol's model that explain it, or "".
    """

    __tablename__ = "verdict"

    run: Mapped[str] = mapped_column(ForeignKey("run.run", ondelete="CASCADE"), primary_key=True)
    check: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(String(16))
    budget: Mapped[int] = mapped_column(BigInteger, default=0)
    code: Mapped[str] = mapped_column(String(64), default="")
    fields: Mapped[str] = mapped_column(Text, default="{}")
    proof: Mapped[str] = mapped_column(Text, default="[]")
    assumption: Mapped[str] = mapped_column(String(200), default="")


class Measurement(Base):
    """A result that takes minutes to measure, kept for the next start (the scalability curve). data: JSON."""

    __tablename__ = "measurement"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    core_version: Mapped[str] = mapped_column(String(32), primary_key=True)
    measured_at: Mapped[str] = mapped_column(String(32))
    data: Mapped[str] = mapped_column(Text)


class Search(Base):
    """A campaign of seeded runs; see `app.search.campaign.Tally` for its counters.

    scenario: as it was asked for; scenario_text: what it was, with the bug planted. state: running, done, stopped or failed.
    wall_ms: what the trying took, interruptions not counted.
    """

    __tablename__ = "search"

    search: Mapped[str] = mapped_column(RUN_ID, primary_key=True)
    scenario: Mapped[str] = mapped_column(String(200))
    scenario_text: Mapped[str] = mapped_column(Text)
    switch: Mapped[str] = mapped_column(String(64), default="")
    core_version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8), default="running")
    error: Mapped[str] = mapped_column(Text, default="")
    until_found: Mapped[bool] = mapped_column(default=False)
    first_seed: Mapped[int] = mapped_column(BigInteger)
    seeds: Mapped[int] = mapped_column(BigInteger)
    next_seed: Mapped[int] = mapped_column(BigInteger)
    seeds_done: Mapped[int] = mapped_column(BigInteger, default=0)
    violations: Mapped[int] = mapped_column(BigInteger, default=0)
    entries: Mapped[int] = mapped_column(BigInteger, default=0)
    virtual_us: Mapped[int] = mapped_column(BigInteger, default=0)
    wall_ms: Mapped[int] = mapped_column(BigInteger, default=0)


class Finding(Base):
    """What a search found: the n-th of them, (scenario_text of the search, seed, commands) is all of it.

    content, shrunk: JSON as `app.search.finding.to_plain` gives it; shrunk: the same violation with the fewest steps
    that were found, or "" while nobody tried.
    """

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("search", "seed"),)

    finding: Mapped[str] = mapped_column(RUN_ID, primary_key=True)
    search: Mapped[str] = mapped_column(ForeignKey("search.search", ondelete="CASCADE"))
    seed: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[str] = mapped_column(String(32))
    content: Mapped[str] = mapped_column(Text)
    shrunk: Mapped[str] = mapped_column(Text, default="")


class Comparison(Base):
    """Profiles on the same workload. scenario_text: without a profile. profiles: JSON list of {name, document}.

    commands: JSON list of {at_us, command}. sides: JSON, by profile what `app.search.rivalry.told` says.
    state: running, done, stopped or failed.
    """

    __tablename__ = "comparison"

    comparison: Mapped[str] = mapped_column(RUN_ID, primary_key=True)
    scenario: Mapped[str] = mapped_column(String(200))
    scenario_text: Mapped[str] = mapped_column(Text)
    seed: Mapped[int] = mapped_column(BigInteger)
    until_us: Mapped[int] = mapped_column(BigInteger)
    workload: Mapped[str] = mapped_column(String(200))
    commands: Mapped[str] = mapped_column(Text)
    profiles: Mapped[str] = mapped_column(Text)
    core_version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8), default="running")
    error: Mapped[str] = mapped_column(Text, default="")
    sides: Mapped[str] = mapped_column(Text, default="[]")
