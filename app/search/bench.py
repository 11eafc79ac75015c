"""A world under test: what is done to it is kept as steps, what it logs is judged at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from app.checking.invariants import Checker
from app.checking.linearizability.live import LiveHistory
from app.checking.verdict import INVALID, Verdict
from app.faults.base import Ground
from app.search.execute import Timed
from app.search.group import Group
from app.search.progress import Progress
from app.vocabulary.base import Command, Entry, Refused
from app.world.scenario import Scenario
from app.world.world import World

Act = Callable[[], None]
Watcher = Callable[[Sequence[Entry]], bool]


class Watch:
    """Somebody waits for something to happen: `saw` is shown the entries of every instant until it says True.

    until_us: it gives up then.
    """

    __slots__ = ("saw", "until_us")

    def __init__(self, saw: Watcher, until_us: int) -> None:
        self.saw = saw
        self.until_us = until_us


class Bench:
    """A world, its judges, and an agenda of what is to be done to it.

    steps:   the commands taken, each with its time: given again at the same times they make the same log.
    found:   what the judges found broken, the first first. entries: how many they saw.
    broken_us: a run until then has the first of it that no assumption explains, one that ends sooner has not; or None.
    watches: for what somebody lies in wait.
    """

    def __init__(self, world: World, checker: Checker, histories: LiveHistory | None = None) -> None:
        self.world = world
        self.checker = checker
        self.progress = Progress(world.scenario, world.now_us)
        self._histories = histories
        self.steps: list[Timed] = []
        self.found: list[Verdict] = []
        self.broken_us: int | None = None
        self.watches: list[Watch] = []
        self.entries = 0
        self.refused = 0
        self._agenda: list[tuple[int, int, Act]] = []
        self._order = 0

    @classmethod
    def new(cls, scenario: Scenario, seed: int) -> Bench:
        """A world at its start."""
        histories = LiveHistory()
        bench = cls(World(scenario, seed), Checker(histories), histories)
        bench._fold(bench.world.start())
        return bench

    @property
    def ground(self) -> Ground:
        """What faults stand on: to be read, never to be changed."""
        return self.world.ground()

    @property
    def now_us(self) -> int:
        return self.world.now_us

    @property
    def broken(self) -> bool:
        """Whether something was found that no assumption explains, or the world stands still."""
        return any(not verdict.assumption for verdict in self.found) or self.world.failure is not None

    def later(self, after_us: int, act: Act) -> None:
        """Do something `after_us` from now."""
        self._order += 1
        heappush(self._agenda, (self.world.now_us + max(after_us, 0), self._order, act))

    def take(self, command: Command) -> bool:
        """Give a command; False if it is refused, which changes nothing."""
        taken = self.world.take(command)
        if isinstance(taken, Refused):
            self.refused += 1
            return False
        self.steps.append(Timed(self.world.now_us, command))
        self._fold(taken, 0)
        return True

    @property
    def group(self) -> Group:
        """Who may vote as the log goes."""
        return self.progress.group

    def run(self, until_us: int) -> None:
        """Go on to `until_us`, doing what is on the agenda; stop early when something is found."""
        agenda = self._agenda
        while not self.broken and self.world.now_us < until_us:
            target_us = min(agenda[0][0], until_us) if agenda else until_us
            if self.watches:
                self._lie_in_wait(target_us)
            elif target_us > self.world.now_us:
                self._fold(self.world.advance(target_us))
            while agenda and agenda[0][0] <= self.world.now_us and not self.broken:
                heappop(agenda)[2]()

    def clear(self) -> None:
        """Forget the agenda, and stop watching."""
        self._agenda.clear()
        self.watches.clear()

    def end(self) -> None:
        """The run is over: judge what can be judged only now."""
        if self._histories is not None and not self.broken:
            late = self._histories.finish(self.world.ground().seq - 1)
            self._note(self.checker.assumptions.explained(late), self.now_us)
        if not self.broken:
            self._note(self.progress.verdicts(self.now_us, self.ground), self.now_us)

    def _lie_in_wait(self, target_us: int) -> None:
        """One instant, shown to the watchers: they may act before the next."""
        next_us = self.world.next_at_us()
        if next_us is None or next_us >= target_us:
            self._fold(self.world.advance(target_us))
        else:
            entries = self.world.advance(target_us, 1)
            self._fold(entries)
            for watch in list(self.watches):
                if not self.broken and watch.saw(entries):
                    self.watches.remove(watch)
        now_us = self.world.now_us
        self.watches = [watch for watch in self.watches if watch.until_us > now_us]

    def _fold(self, entries: Sequence[Entry], after_us: int = 1) -> None:
        # A command is taken at the very end of a run, too; what happens by itself then comes after the end.
        self.entries += len(entries)
        judge, progress = self.checker.on_entry, self.progress
        telling = progress.telling
        for entry in entries:
            verdicts = judge(entry)
            if verdicts:
                self._note(verdicts, entry.at_us + after_us)
            if type(entry.event) in telling:
                progress.on_entry(entry)
        if self.world.failure is not None and entries:
            self._note_failure(entries[-1], after_us)

    def _note(self, verdicts: Sequence[Verdict], until_us: int) -> None:
        invalid = [verdict for verdict in verdicts if verdict.status == INVALID]
        self.found += invalid
        if self.broken_us is None and any(not verdict.assumption for verdict in invalid):
            self.broken_us = until_us

    def _note_failure(self, last: Entry, after_us: int) -> None:
        """A handler raised: a bug of ours, or one that was planted."""
        reason = (self.world.failure or "").strip().splitlines()[-1][:200]
        fields: dict[str, str | int] = {"problem": reason}
        verdict = Verdict("no-crash", INVALID, last.seq, (last.seq,), "handler-failed", fields, assumption="")
        self._note([verdict], last.at_us + after_us)
