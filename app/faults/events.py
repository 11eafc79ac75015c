"""What every fault tells: that it began, and that it is over. And what befalls single messages and disks."""

from __future__ import annotations

from typing import Any

from app.vocabulary.base import Change, Changes, Event, Label
from app.vocabulary.ids import NodeId


class FaultBegan(Event, frozen=True, tag="fault-began"):
    """A fault acts from now on. One that passes by itself is followed at once by its `FaultEnded`.

    id:     of the instance, e.g. "slow-disk:s1". nodes, links: where it acts; links are (src, dst).
    detail: the fields of the command that began it.
    inside: whether the protocol promises to bear it.
    """

    LANDMARK = True
    id: str
    fault: str
    nodes: tuple[NodeId, ...]
    links: tuple[tuple[NodeId, NodeId], ...]
    detail: dict[str, Any]
    at_us: int
    inside: bool

    def changes(self) -> Changes:
        fields = {
            "fault": self.fault,
            "nodes": list(self.nodes),
            "links": [list(link) for link in self.links],
            "detail": self.detail,
            "since_us": self.at_us,
            "inside": self.inside,
        }
        return [("fault", self.id, fields)]


class FaultEnded(Event, frozen=True, tag="fault-ended"):
    """A fault acts no more."""

    LANDMARK = True
    id: str
    fault: str
    nodes: tuple[NodeId, ...]

    def changes(self) -> Changes:
        return [("fault", self.id, None)]


class MessageStopped(Event, frozen=True, tag="message-stopped"):
    """Somebody holds a message where it is, on its way.

    fields: what could be changed in it, as text, by name.
    """

    LANDMARK = True
    id: int
    kind: str
    src: NodeId
    dst: NodeId
    at_us: int
    fields: dict[str, str]

    def changes(self) -> Changes:
        return [("message", str(self.id), {"held_us": self.at_us, "fields": self.fields})]


class MessageReleased(Event, frozen=True, tag="message-released"):
    """A held message goes on. sent_us, arrives_us: as if it had never stood still, so that it goes on from where it is."""

    LANDMARK = True
    id: int
    kind: str
    src: NodeId
    dst: NodeId
    sent_us: int
    arrives_us: int
    label: Label

    def changes(self) -> Changes:
        fields = {
            "kind": self.kind,
            "src": self.src,
            "dst": self.dst,
            "sent_us": self.sent_us,
            "arrives_us": self.arrives_us,
            "label": list(self.label),
        }
        return [("message", str(self.id), None), ("message", str(self.id), fields)]


class MessageMoved(Event, frozen=True, tag="message-moved"):
    """A message will arrive at another time than it was going to. sent_us: so chosen that it goes on from where it is.

    reason: "delayed" or "overtaken" (it changed places with the next one on its link).
    """

    id: int
    kind: str
    src: NodeId
    dst: NodeId
    sent_us: int
    arrives_us: int
    reason: str

    def changes(self) -> Changes:
        return [("message", str(self.id), {"sent_us": self.sent_us, "arrives_us": self.arrives_us})]


class MessageEdited(Event, frozen=True, tag="message-edited"):
    """A message was changed on its way, without the sender's key.

    field, was, now: what. label: as it reads now. fields: as in `MessageStopped` if it is held, else empty.
    """

    LANDMARK = True
    id: int
    kind: str
    src: NodeId
    dst: NodeId
    field: str
    was: str
    now: str
    label: Label
    fields: dict[str, str]

    def changes(self) -> Changes:
        changed: dict[str, Any] = {"label": list(self.label)}
        if self.fields:
            changed["fields"] = self.fields
        return [("message", str(self.id), changed)]


class DiskChanged(Event, frozen=True, tag="disk-changed"):
    """What is on a disk is no longer what was written and acknowledged.

    reason: "wiped", "lost" (an fsync had lied), "torn" (a write was cut short), "rotten" (a value changed by itself, and
            nobody noticed), "damaged" (it was noticed, and thrown away) or "repaired".
    keys:   which values. shown: what that changes in the picture.
    """

    LANDMARK = True
    node: NodeId
    reason: str
    keys: tuple[str, ...]
    shown: tuple[Change, ...]

    def changes(self) -> Changes:
        return list(self.shown)


class NemesisSet(Event, frozen=True, tag="nemesis-set"):
    """Faults come and go at random from now on, or (per_1000_s is 0) no longer."""

    LANDMARK = True
    per_1000_s: int
    faults: tuple[str, ...]

    def changes(self) -> Changes:
        shown = {"per_1000_s": self.per_1000_s, "faults": list(self.faults)}
        return [("nemesis", "nemesis", shown if self.per_1000_s else None)]


class NemesisActed(Event, frozen=True, tag="nemesis-acted"):
    """The nemesis gave a command; what it does follows, caused by this entry. command: as an object with its `type`."""

    command: Any


EVENTS: tuple[type[Event], ...] = (
    FaultBegan,
    FaultEnded,
    MessageStopped,
    MessageReleased,
    MessageMoved,
    MessageEdited,
    DiskChanged,
    NemesisSet,
    NemesisActed,
)
