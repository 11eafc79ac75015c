"""What a live run needs from the rooms around it, as protocols: `create_app` brings them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from app.checking.verdict import Verdict
from app.vocabulary.base import Command, Entry, Picture, Refused


class World(Protocol):
    """`app.world.World`, as far as runs use it."""

    failure: str | None
    """Traceback of a bug that stopped the world."""

    @property
    def now_us(self) -> int: ...

    def start(self) -> list[Entry]: ...

    def advance(self, until_us: int, max_entries: int | None = None) -> list[Entry]: ...

    def take(self, command: Command) -> list[Entry] | Refused: ...

    def view(self) -> Picture: ...

    def next_at_us(self) -> int | None: ...


class Digest(Protocol):
    """A digest chained over wire entries; equal digests at a seq: the same run up to there."""

    def add(self, wire: bytes) -> None: ...

    @property
    def hex(self) -> str:
        """Over all entries so far."""
        ...


class Engine(Struct, frozen=True):
    """What makes and reads worlds.

    build:          (scenario as JSON text, seed) -> a world that has not started.
    encode:         an entry's wire form.
    digest:         a new digest.
    decode_command: an object with its `type` -> command; raises msgspec.ValidationError.
    core_version:   hash of the code that decides what a world does.
    """

    build: Callable[[str, int], World]
    encode: Callable[[Entry], bytes]
    digest: Callable[[], Digest]
    decode_command: Callable[[Any], Command]
    core_version: str


class StoredCommand(Protocol):
    """A recorded command: the n-th of its run, taken at `at_us` as entry `seq`, asked for as `id`."""

    @property
    def n(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def at_us(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def command(self) -> dict[str, Any]: ...


class StoredRun(Protocol):
    """A run as the database holds it."""

    @property
    def run(self) -> str: ...
    @property
    def scenario(self) -> str: ...
    @property
    def scenario_text(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def core_version(self) -> str: ...
    @property
    def created_at(self) -> str: ...
    @property
    def reached_us(self) -> int: ...
    @property
    def playing(self) -> bool: ...
    @property
    def speed(self) -> float: ...
    @property
    def state(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def head_seq(self) -> int: ...
    @property
    def head_us(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def violations(self) -> int: ...


class Journal(Protocol):
    """Where one run's entries and commands are recorded. Whatever raises here stops the run."""

    def lease(self, reached_us: int) -> None:
        """Durably say that viewers may have seen everything before `reached_us`."""
        ...

    def command(self, n: int, id: str, at_us: int, seq: int, command: dict[str, Any]) -> None:
        """Durably record a command, before it is acknowledged."""
        ...

    def add(self, entry: Entry, wire: bytes) -> None:
        """Take an entry in; it is written with the next `flush`."""
        ...

    def flush(
        self, digest: str, view: Callable[[], Picture] | None, now_s: float, force: bool = False
    ) -> None:
        """Write what is due: the world stands between two instants, `digest` is that of the last entry added.

        view: the picture as it is now; None when the world can no longer tell.
        """
        ...

    def verdict(self, verdict: Verdict) -> None:
        """Take in what a checker said about the entry added last."""
        ...

    def pace(self, playing: bool, speed: float, reached_us: int) -> None:
        """Durably record how the run goes on after a restart. `reached_us` may fall to where the world stands."""
        ...

    def end(self, state: str, error: str = "") -> None:
        """The run is no longer live: `stored` or `failed`."""
        ...


class Archive(Protocol):
    """Where runs are kept."""

    def create(
        self, run: str, scenario: str, scenario_text: str, seed: int, core_version: str
    ) -> StoredRun: ...

    def script(self, run: str, commands: Sequence[Any], reached_us: int) -> StoredRun:
        """Give a run without entries its commands: opened, it is executed up to `reached_us`, and stands there."""
        ...

    def get(self, run: str) -> StoredRun | None: ...

    def latest(self) -> StoredRun | None: ...

    def runs(self) -> Sequence[StoredRun]: ...

    def commands(self, run: str) -> Sequence[StoredCommand]: ...

    def digests(self, run: str) -> dict[int, str]:
        """seq -> digest wherever the record knows one."""
        ...

    def journal(self, run: str) -> Journal: ...


class Frame(Struct, frozen=True):
    """What happened since the frame before. `head_us` may move without entries.

    first_seq: of `entries`; `head_seq + 1` when there are none. digest: at `head_seq`.
    """

    run: str
    first_seq: int
    head_seq: int
    head_us: int
    speed: float
    playing: bool
    true_speed: float
    digest: str
    entries: tuple[bytes, ...]


class Keyframe(Struct, frozen=True):
    """The picture after entry `seq`, when the world stood at `at_us`."""

    run: str
    seq: int
    at_us: int
    digest: str
    view: Picture


class Sink(Protocol):
    """Who is shown what happens. Never raises, never waits."""

    def frame(self, frame: Frame, keyframe: Callable[[], Keyframe]) -> None: ...

    def stopped(self, run: str, error: str) -> None: ...

    def verdict(self, run: str, verdict: Verdict) -> None:
        """A checker has said something about the entry that came last."""
        ...

    def watched(self, run: str) -> int:
        """How many viewers look at this run now."""
        ...
