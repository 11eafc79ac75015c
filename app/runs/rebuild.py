"""A recorded run brought back: re-executed from its commands to where it was, and held against its record."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from app.runs.body import Body
from app.runs.ports import Engine, StoredCommand
from app.vocabulary.base import Refused


class Diverged(Exception):
    """The run did not go the way its record says: other code, or a bug. One sentence."""


class Rebuild:
    """Re-executes in slices, so that a server with viewers can do it.

    digests:    seq -> digest, as recorded; each is compared when its entry has come.
    reached_us: where the run must stand in the end: viewers may have seen everything before it.
    """

    def __init__(
        self,
        body: Body,
        engine: Engine,
        commands: Iterable[StoredCommand],
        digests: Mapping[int, str],
        reached_us: int,
    ) -> None:
        self._body = body
        self._decode = engine.decode_command
        self._commands = deque(sorted(commands, key=lambda command: command.n))
        self._digests = deque(sorted(digests.items()))
        self._agreed_seq = -1
        # A lease that was lost with the power is no reason to forget an acknowledged command.
        last_us = self._commands[-1].at_us if self._commands else 0
        self.reached_us = max(reached_us, last_us)
        body.absorb(body.world.start())

    def slice(self, max_entries: int) -> bool:
        """Go on by about `max_entries`; True when the run stands where it was.

        Raises: Diverged.
        """
        world = self._body.world
        until_us = self._commands[0].at_us if self._commands else self.reached_us
        if world.now_us < until_us:
            self._body.absorb(world.advance(until_us, max_entries))
        if world.now_us == until_us and self._commands:
            self._take(self._commands.popleft())
        self._compare()
        return not self._commands and world.now_us >= self.reached_us

    def _take(self, stored: StoredCommand) -> None:
        world = self._body.world
        taken = world.take(self._decode(stored.command))
        where = f"command {stored.n} ({stored.command.get('type')}) at {stored.at_us} us"
        if isinstance(taken, Refused):
            raise Diverged(f"{where} was taken then and is refused now ({taken.code}).")
        if taken[0].seq != stored.seq:
            raise Diverged(f"{where} was entry {stored.seq} then and is entry {taken[0].seq} now.")
        self._body.absorb(taken)

    def _compare(self) -> None:
        """Hold the digests that are due against the record; those that left the tail are covered by later ones."""
        tail = self._body.tail
        while self._digests and self._digests[0][0] <= tail.head_seq:
            seq, recorded = self._digests.popleft()
            now = tail.digest_at(seq)
            if now is not None and now != recorded:
                raise Diverged(
                    f"The run differs from its record somewhere in entries {self._agreed_seq + 1} to {seq}."
                )
            self._agreed_seq = seq
