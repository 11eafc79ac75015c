"""Where the parts meet: runs, history and streaming, as one thing that the web, the sockets and the commands can ask."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

import msgspec

from app.config import Settings
from app.experiments import Experiments
from app.history.archive import Archive, StoredCommand, StoredRun, utc_now
from app.history.comparisons import Comparisons
from app.history.database import Database
from app.history.measurements import Measurements
from app.history.reader import Reader
from app.history.searches import Searches
from app.history.verification import Verification, compare, first_block_that_differs, marks
from app.rivals import Rivals
from app.runs.live import LiveRun, Taken
from app.runs.ports import Engine
from app.runs.registry import NoSuchRun, RunRegistry
from app.runs.slices import Slices
from app.runs.tickets import Busy, Overdue
from app.scenarios.yaml_text import ManifestTextError, manifest_command
from app.search.client import Worker
from app.search.scalability import Scalability
from app.streaming.hub import Hub, Line
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import SubmitManifest
from app.words import word

T = TypeVar("T")
Answer = dict[str, Any]


class RefusedError(Exception):
    """A wish that cannot be granted: a code of `words`, section `refused`, with its fields."""

    def __init__(self, code: str, status: int = 409, **fields: str | int) -> None:
        self.status = status
        self.refused = Refused(code, dict(fields))
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return word("refused", self.refused.code, self.refused.fields)


def _parsed(wish: dict[str, Any]) -> dict[str, Any]:
    """The wish with a pasted manifest's YAML as the JSON that its command carries. Raises: ManifestTextError."""
    manifest = wish.get("manifest")
    if wish.get("type") != SubmitManifest.__struct_config__.tag or not isinstance(manifest, str):
        return wish
    return {**wish, "manifest": manifest_command(manifest).manifest}


def refused_dict(refused: Refused) -> dict[str, Any]:
    """`{code, fields, sentence}`."""
    sentence = word("refused", refused.code, refused.fields)
    return {"code": refused.code, "fields": dict(refused.fields), "sentence": sentence}


class Silent:
    """Where no sockets are served: packets go nowhere."""

    def send(self, event: str, data: Answer, to: str) -> None: ...

    def enter(self, sid: str, room: str) -> None: ...

    def leave(self, sid: str, room: str) -> None: ...

    def backlog(self, sid: str) -> int:
        return 0


class Synod:
    """The server's parts. Nothing runs and no database is opened before `start`.

    Methods are called from any greenlet; what touches a run is done in the loop.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None, line: Line | None = None) -> None:
        self.settings = settings
        self.hub = Hub(line or Silent())
        self.slices = Slices(settings.unwatched_pause_s, pause_on_violation=settings.pause_on_violation)
        self._engine = engine
        self._lock = threading.Lock()
        self._loop: threading.Thread | None = None
        self.ready = False

    # -- start and stop -----------------------------------------------------------------------------

    def connect(self) -> None:
        """Open the database, upgrade it, and have archive, reader and registry. Raises: DatabaseError."""
        self.database = Database(self.settings.database)
        self.database.upgrade()
        self.archive = Archive(self.database, self.settings.retain_bytes)
        self.reader = Reader(self.database)
        if self._engine is None:
            from app.runs.engine import real_engine

            self._engine = real_engine()
        self.engine = self._engine
        self.worker = Worker()
        self.curve = self._new_curve()
        searches, workers = Searches(self.database), self.settings.search_workers
        self.experiments = Experiments(searches, self.engine.core_version, workers, self.open_scripted)
        self.rivals = Rivals(
            Comparisons(self.database),
            self.engine.core_version,
            self.experiments.share,
            self.experiments.record,
        )
        self.registry = RunRegistry(self.engine, self.archive, self.hub, self.slices, self.settings.runs_max)

    def start(self) -> None:
        """Bring the default run back, or make the first one, and let the loop run. Does nothing the second time.

        Raises: DatabaseError, ScenarioError.
        """
        with self._lock:
            if self._loop is not None:
                return
            self.connect()
            self.archive.recover()
            self.experiments.searches.cut_off()
            self.rivals.store.cut_off()
            self.registry.open_default(self.settings.scenario, scenario_text, self.settings.seed)
            self._loop = threading.Thread(target=self.registry.loop, name="loop", daemon=True)
            self._loop.start()
            if self.settings.scalability:
                threading.Thread(target=self.curve.measure, name="scalability", daemon=True).start()
            self.ready = True

    def stop(self) -> None:
        """End the loop and record everything."""
        if self._loop is None:
            return
        self.ready = False
        self.curve.stop()
        self.rivals.stop()
        self.experiments.stop()
        self.registry.stop()
        self._loop.join()
        self._loop = None
        self.registry.close_all()
        self.worker.close()
        self.database.dispose()

    def _new_curve(self) -> Scalability:
        kept, version = Measurements(self.database), self.engine.core_version
        return Scalability(
            self.worker,
            lambda: scenario_text("datacenter"),
            lambda: kept.get("scalability", version),
            lambda curve: kept.put("scalability", version, curve),
            utc_now,
        )

    def ask(self, question: Callable[[], T], timeout_s: float | None = None) -> T:
        """Have `question` answered in the loop.

        Raises: RefusedError when the loop is busy or slow; whatever the question raised.
        """
        try:
            return self.registry.ask(question).wait(timeout_s or self.settings.api_timeout_s)
        except Busy:
            raise RefusedError("server-busy", 503) from None
        except Overdue:
            raise RefusedError("answer-overdue", 504, seconds=int(self.settings.api_timeout_s)) from None

    # -- runs ---------------------------------------------------------------------------------------

    def stored(self, run: str) -> StoredRun:
        """Raises: RefusedError when there is none."""
        stored = self.archive.get(run)
        if stored is None:
            raise RefusedError("run-unknown", 404, run=run)
        return stored

    def metas(self) -> list[Answer]:
        return self.ask(self.registry.metas)

    def meta(self, run: str) -> Answer:
        try:
            return self.ask(lambda: self.registry.meta(run))
        except NoSuchRun:
            raise RefusedError("run-unknown", 404, run=run) from None

    def create_run(self, scenario: str, text: str, seed: int) -> Answer:
        """A new live run. Raises: TooManyRuns, ScenarioError."""
        return self.ask(lambda: self.registry.create(scenario, text, seed).meta())

    def open_run(self, run: str) -> Answer:
        """A recorded run goes on. Raises: NoSuchRun, ReadOnly, TooManyRuns."""
        return self.ask(lambda: self.registry.open(run).meta())

    def command(self, run: str, id: str, wish: dict[str, Any]) -> Taken | Refused:
        """Take a command; durable when this returns Taken. Raises: RefusedError."""
        try:
            command = self.engine.decode_command(_parsed(wish))
        except ManifestTextError as error:
            return error.refused
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            raise RefusedError("command-malformed", 422, problem=str(error)) from None
        if type(command) is SubmitManifest:
            try:
                command = manifest_command(command.manifest)
            except ManifestTextError as error:
                return error.refused
        return self.ask(lambda: self._take(run, id, command))

    def _take(self, run: str, id: str, command: Command) -> Taken | Refused:
        return self._live(run).take(id, command)

    def replay(self, scenario: str, text: str, seed: int, wish: Command) -> tuple[Answer, Taken | Refused]:
        """A new live run whose first command is `wish`: (meta, what was answered)."""

        def begin() -> tuple[Answer, Taken | Refused]:
            live = self.registry.create(scenario, text, seed)
            taken = live.take("trace", wish)
            return live.meta(), taken

        return self.ask(begin)

    def open_scripted(
        self, scenario: str, text: str, seed: int, commands: list[Answer], until_us: int
    ) -> Answer:
        """A new run of known commands `{at_us, seq, command}`, paused at `until_us`. Raises: TooManyRuns."""
        stored = [
            StoredCommand(n, f"script-{n}", one["at_us"], one["seq"], one["command"])
            for n, one in enumerate(commands, 1)
        ]
        return self.ask(lambda: self.registry.create_scripted(scenario, text, seed, stored, until_us).meta())

    def fan_out(self, run: str, at_seq: int | None, count: int, horizon_us: int) -> Answer:
        """Futures from an instant of a run, from now if at_seq is None. Raises: RefusedError."""
        fan = {"count": count, "horizon_us": horizon_us}
        if at_seq is None:
            return self.ask(lambda: self._fan_out_now(run, fan))
        stored = self.settle(run)
        if stored.core_version != self.engine.core_version:
            raise RefusedError("run-other-code", 409, run=run)
        if not stored.first_seq <= at_seq <= stored.head_seq:
            raise RefusedError("seq-unknown", 404, run=run, seq=at_seq, last=stored.head_seq)
        entry = msgspec.msgpack.decode(next(self.reader.wires(run, at_seq)))
        # The world stands between two instants: the whole instant of that entry belongs to what was.
        at_us = int(entry[1]) + 1
        before = [one for one in self.archive.commands(run) if one.at_us < at_us]
        return self.experiments.fan_out(stored, at_us, at_seq, before, None, fan)

    def _fan_out_now(self, run: str, fan: Answer) -> Answer:
        live = self._live(run)
        if not live.ready:
            raise RefusedError("run-not-ready", 409, run=run)
        now_us, head_seq = live.body.world.now_us, live.body.tail.head_seq
        before = self.archive.commands(run)
        return self.experiments.fan_out(live.stored, now_us, head_seq, before, live, fan)

    def set_pace(self, run: str, playing: bool | None, speed: float | None, step: str | None) -> Answer:
        """Raises: RefusedError."""

        def change() -> Answer:
            live = self._live(run)
            live.touch()
            live.set_pace(playing, speed, step)
            return live.meta()

        return self.ask(change)

    def settle(self, run: str) -> StoredRun:
        """The run as the database holds it, with everything that happened up to now. Raises: RefusedError."""

        def flush() -> None:
            live = self.registry.live.get(run)
            if live is not None:
                live.touch()
                live.flush()

        self.ask(flush)
        return self.stored(run)

    def _live(self, run: str) -> LiveRun:
        live = self.registry.live.get(run)
        if live is None:
            self.stored(run)
            raise RefusedError("run-not-live", 409, run=run)
        if live.error:
            raise RefusedError("run-failed", 409, run=run)
        return live

    def verify(self, run: str) -> Answer:
        """Execute a run again in the worker process, and compare every entry. Raises: RefusedError."""
        stored = self.settle(run)
        if stored.core_version != self.engine.core_version:
            raise RefusedError("run-other-code", 409, run=run)
        if stored.first_seq > 0:
            raise RefusedError("run-trimmed", 409, run=run)
        found = self._compare(stored)
        difference = found.first_difference
        return {
            "identical": found.identical,
            "entries": found.entries,
            "first_difference": None if difference is None else msgspec.to_builtins(difference),
            "sentence": found.sentence,
        }

    def _compare(self, stored: StoredRun) -> Verification:
        commands = [
            {"at_us": command.at_us, "command": command.command}
            for command in self.archive.commands(stored.run)
            if command.seq <= stored.head_seq
        ]
        # Everything at the head's instant belongs to the record, so execute one microsecond further.
        same = {"scenario": stored.scenario_text, "seed": stored.seed, "commands": commands}
        until_us = stored.head_us + 1
        upto = islice(self.reader.wires(stored.run), stored.head_seq + 1)
        recorded = marks(upto, self.engine.digest(), lambda: time.sleep(0.001))
        executed = self.worker.call("digests", **same, until_us=until_us, seqs=sorted(recorded))
        block = first_block_that_differs(recorded, executed["digests"])
        if block is None:
            return Verification(True, stored.head_seq + 1, None)
        first_seq, last_seq = block
        again = self.worker.call("entries", **same, until_us=until_us, from_seq=first_seq, to_seq=last_seq)
        kept = islice(self.reader.wires(stored.run, first_seq), last_seq - first_seq + 1)
        found = compare(kept, again, first_seq)
        return Verification(False, first_seq + found.entries, found.first_difference)

    def scalability(self) -> Answer:
        """The scalability curve, as far as it is measured."""
        return self.curve.curve()

    def role(self, token: str | None) -> str:
        """ "drive", "watch", or "" for a token; everybody drives where no tokens are asked for."""
        drive, watch = self.settings.token_drive, self.settings.token_watch
        if not drive and not watch:
            return "drive"
        given = (token or "").encode()
        if drive and hmac.compare_digest(given, drive.encode()):
            return "drive"
        if watch and hmac.compare_digest(given, watch.encode()):
            return "watch"
        return ""


def scenario_text(name: str) -> str:
    """A shipped scenario, or one by path, as runs store it. Raises: ScenarioError."""
    from app.scenarios import load_scenario

    return stored_text(load_scenario(name))


def stored_text(scenario: Any) -> str:
    """A scenario as JSON text: all of it, so that the run stays what it was when the shipped file changes."""
    from app.scenarios import to_plain

    return msgspec.json.encode(to_plain(scenario)).decode()
