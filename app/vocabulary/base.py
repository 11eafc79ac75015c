"""The bases of events, commands, messages and operations, and the log's `Entry`."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

Fields = dict[str, Any]
Change = tuple[str, str, Fields | None]
"""`(kind, id, {field: value})` merges the fields into an entity of the picture; `(kind, id, None)` removes it."""
Changes = list[Change]
Picture = dict[str, dict[str, Fields]]
"""kind -> id -> fields: what the fold of all changes gives, and what `World.view()` computes from the machines."""
Label = tuple[str | int, ...]
"""A code and its arguments, e.g. `("put", "k3", "17")`; the words for it are in `words/`."""


class Event(Struct, frozen=True, array_like=True, gc=False):
    """A fact, in the past tense. On the wire `[tag, field, field, ...]`, fields in the order of declaration.

    LANDMARK marks what a person would look for: it gets a tick on the time bar, a row in the database and a
    sentence in the events panel.
    """

    LANDMARK: ClassVar[bool] = False

    def changes(self) -> Changes:
        """What this event changes in the picture. Pure; called by consumers, never by the world."""
        return []


class Command(Struct, frozen=True, tag_field="type", gc=False, forbid_unknown_fields=True):
    """A wish, in the imperative, from a person or a script: `{"type": "kill-node", "node": "s1"}`.

    PART: it is asked of a machine, its field `node`, that plays this part in its protocol; "" for all other commands.
    """

    PART: ClassVar[str] = ""


class Message(Struct, frozen=True, array_like=True, gc=False):
    """What one machine says to another. KIND picks the glyph; `label()` is what is written beside it."""

    KIND: ClassVar[str] = "message"

    def label(self) -> Label:
        """A short code and arguments for the picture, e.g. `("prepare", "7.s4")`."""
        return (self.KIND,)


class Operation(Struct, frozen=True, array_like=True, gc=False):
    """One deterministic step of the replicated state machine, the content of a slot of the log.

    READ_ONLY marks one that changes nothing, so that it may be answered without a slot (see `StateMachine.read`).
    """

    READ_ONLY: ClassVar[bool] = False

    def label(self) -> Label:
        """A short code and arguments for the log panel, e.g. `("bind", "words-5", "c4")`."""
        return (str(self.__struct_config__.tag),)


class Refused(Struct, frozen=True):
    """A command that cannot be taken, and why. A value, not an exception: nothing changed.

    code:   key into `words` (section `refused`).
    fields: what the sentence names, e.g. `{"node": "s9", "allowed": "s1, s2, ..."}`.
    """

    code: str
    fields: dict[str, str | int]


class Entry(Struct, frozen=True, gc=False):
    """An event as the log holds it: numbered, timed, and tied to its cause.

    seq:   position in the log, from 0, without gaps.
    at_us: virtual time in microseconds; never decreases with seq.
    cause: seq of the entry that led to this one; None for entry 0 and for commands.
    """

    seq: int
    at_us: int
    cause: int | None
    event: Event


class Moment(Struct, frozen=True, gc=False):
    """When and why a handler runs.

    now_us:  the machine's monotonic clock, microseconds: for durations, timers, leases. It may run fast or slow, but is
             never set; only differences of two readings of one machine mean something.
    cause:   seq of the entry being handled; opaque, only to be handed back as `because`.
    wall_us: the machine's wall clock: for times of day, which others read. It may be wrong, and may be set, back too.
    """

    now_us: int
    cause: int
    wall_us: int = 0
