"""The events of the physics: machines, network, commands. Consensus and orchestration define theirs beside their code."""

from __future__ import annotations

from typing import Any

from app.vocabulary.base import Change, Changes, Event, Label
from app.vocabulary.ids import NodeId

WEATHER = ("loss_ppm", "duplicate_ppm", "reorder_ppm")
"""The constants that `NetworkChanged` may change later."""


class MachineSpec(Event, frozen=True, tag="machine-spec"):
    """A machine as the scenario lists it (only ever inside `RunStarted`).

    role: "storage", "compute", "client", "api" or "intruder". zone: "" for machines outside the zones.
    cpu_milli, memory_mib, gpu: what a compute node offers, else 0. spare: a storage machine that has no seat at first.
    """

    node: NodeId
    role: str
    zone: str = ""
    cpu_milli: int = 0
    memory_mib: int = 0
    gpu: int = 0
    spare: bool = False

    def changes(self) -> Changes:
        return [
            (
                "node",
                self.node,
                {
                    "role": self.role,
                    "zone": self.zone,
                    "state": "up",
                    "since_us": 0,
                    "waiting": 0,
                    "cpu_milli": self.cpu_milli,
                    "memory_mib": self.memory_mib,
                    "gpu": self.gpu,
                },
            )
        ]


class RunStarted(Event, frozen=True, tag="run-started"):
    """Entry 0: the world begins.

    constants: the scenario's times and settings, flat, for the page ("heartbeat_us": 1_000_000 ...).
    """

    LANDMARK = True
    scenario: str
    seed: int
    machines: tuple[MachineSpec, ...]
    constants: dict[str, int | str | bool]

    def changes(self) -> Changes:
        changed: list[Change] = [
            ("run", "run", {"scenario": self.scenario, "seed": self.seed, "constants": dict(self.constants)}),
            (
                "network",
                "network",
                {name: self.constants[name] for name in WEATHER if name in self.constants},
            ),
        ]
        for machine in self.machines:
            changed += machine.changes()
        return changed


class MachineAdded(Event, frozen=True, tag="machine-added"):
    """A compute machine was added to the world while it runs. pool: of the cluster autoscaler, or ""."""

    LANDMARK = True
    node: NodeId
    zone: str
    cpu_milli: int
    memory_mib: int
    gpu: int
    pool: str
    at_us: int

    def changes(self) -> Changes:
        spec = MachineSpec(self.node, "compute", self.zone, self.cpu_milli, self.memory_mib, self.gpu)
        ((kind, id_, fields),) = spec.changes()
        assert fields is not None, "a machine that is there has fields"
        return [(kind, id_, {**fields, "since_us": self.at_us})]


class MachineRemoved(Event, frozen=True, tag="machine-removed"):
    """A machine was taken away for good, with all that was on it."""

    LANDMARK = True
    node: NodeId

    def changes(self) -> Changes:
        return [("node", self.node, None), ("memory", self.node, None)]


class CommandTaken(Event, frozen=True, tag="command-taken"):
    """A command was accepted; what it does follows, caused by this entry.

    number: counted from 1 in the order of taking.
    command: the command as an object with its `type`.
    """

    number: int
    command: Any


class NodeKilled(Event, frozen=True, tag="node-killed"):
    """A machine lost its memory, timers, mail and unsynced writes."""

    LANDMARK = True
    node: NodeId
    at_us: int
    unsynced_writes: int = 0

    def changes(self) -> Changes:
        return [
            ("node", self.node, {"state": "down", "since_us": self.at_us, "waiting": 0}),
            ("memory", self.node, None),
        ]


class NodeRestarted(Event, frozen=True, tag="node-restarted"):
    """A machine runs again, from its disk."""

    LANDMARK = True
    node: NodeId
    at_us: int

    def changes(self) -> Changes:
        return [("node", self.node, {"state": "up", "since_us": self.at_us})]


class NodePaused(Event, frozen=True, tag="node-paused"):
    """A machine stopped in its tracks; its mail and timers wait."""

    LANDMARK = True
    node: NodeId
    at_us: int

    def changes(self) -> Changes:
        return [("node", self.node, {"state": "paused", "since_us": self.at_us})]


class NodeResumed(Event, frozen=True, tag="node-resumed"):
    """A paused machine goes on; `waiting` letters are handled now."""

    LANDMARK = True
    node: NodeId
    at_us: int
    waiting: int

    def changes(self) -> Changes:
        return [("node", self.node, {"state": "up", "since_us": self.at_us, "waiting": 0})]


class ClockChanged(Event, frozen=True, tag="clock-changed"):
    """A machine's clocks run differently from now on.

    drift_ppm: how much too fast its monotonic clock runs, in parts per million (negative: too slow; 0: right).
    offset_us: what its wall clock shows beyond the monotonic one.
    """

    LANDMARK = True
    node: NodeId
    drift_ppm: int
    offset_us: int

    def changes(self) -> Changes:
        return [("node", self.node, {"drift_ppm": self.drift_ppm, "offset_us": self.offset_us})]


class MessageSent(Event, frozen=True, tag="message-sent"):
    """A message left a machine.

    id: unique in the run. kind: the glyph (`prepare`, `promise`, `accept`, `accepted`, `heartbeat` ...).
    label: what is written beside it. arrives_us: when it will arrive if nothing happens to it on the way.
    """

    id: int
    kind: str
    src: NodeId
    dst: NodeId
    sent_us: int
    arrives_us: int
    label: Label

    def changes(self) -> Changes:
        return [
            (
                "message",
                str(self.id),
                {
                    "kind": self.kind,
                    "src": self.src,
                    "dst": self.dst,
                    "sent_us": self.sent_us,
                    "arrives_us": self.arrives_us,
                    "label": list(self.label),
                },
            )
        ]


class MessageDelivered(Event, frozen=True, tag="message-delivered"):
    """A message reached its machine and is handled now."""

    id: int
    kind: str
    src: NodeId
    dst: NodeId

    def changes(self) -> Changes:
        return [("message", str(self.id), None)]


class MessageHeld(Event, frozen=True, tag="message-held"):
    """A message reached a paused machine and waits there with `waiting - 1` others."""

    id: int
    kind: str
    src: NodeId
    dst: NodeId
    waiting: int

    def changes(self) -> Changes:
        return [("message", str(self.id), None), ("node", self.dst, {"waiting": self.waiting})]


class MessageDropped(Event, frozen=True, tag="message-dropped"):
    """A message died on its way.

    reason: "loss", "cut" (partition or cut link), "down" (the receiver is off), "crash" (waiting mail of a killed machine),
    "removed" (sender or receiver was taken away).
    sent_us, arrives_us: of its `MessageSent`, so that the share of the way it made is known without it.
    """

    id: int
    kind: str
    src: NodeId
    dst: NodeId
    reason: str
    sent_us: int
    arrives_us: int

    def changes(self) -> Changes:
        return [("message", str(self.id), None)]


class MessageRefused(Event, frozen=True, tag="message-refused"):
    """A machine's authentication check failed: the message was thrown away unread.

    claims: the sender that the message names. refused: how many this machine refused so far.
    reason: "forged" (or changed on its way), or "replayed": a message of that number came before.
    """

    LANDMARK = True
    id: int
    kind: str
    src: NodeId
    claims: NodeId
    dst: NodeId
    refused: int
    reason: str = "forged"

    def changes(self) -> Changes:
        return [("message", str(self.id), None), ("node", self.dst, {"refused": self.refused})]


class TimerFired(Event, frozen=True, tag="timer-fired"):
    """A timer ran out and its handler had something to say."""

    node: NodeId
    name: str


class NetworkPartitioned(Event, frozen=True, tag="network-partitioned"):
    """Nothing passes between these groups any more; what was on the way across them is dropped."""

    LANDMARK = True
    partition: str
    groups: tuple[tuple[NodeId, ...], ...]
    label: str
    at_us: int

    def changes(self) -> Changes:
        groups = [list(group) for group in self.groups]
        return [
            ("partition", self.partition, {"groups": groups, "label": self.label, "since_us": self.at_us})
        ]


class PartitionHealed(Event, frozen=True, tag="partition-healed"):
    """One partition is gone."""

    LANDMARK = True
    partition: str
    label: str

    def changes(self) -> Changes:
        return [("partition", self.partition, None)]


class LinkCut(Event, frozen=True, tag="link-cut"):
    """Nothing passes from src to dst any more (the other direction is untouched)."""

    LANDMARK = True
    src: NodeId
    dst: NodeId
    at_us: int

    def changes(self) -> Changes:
        return [("cut", f"{self.src}>{self.dst}", {"src": self.src, "dst": self.dst, "since_us": self.at_us})]


class LinkHealed(Event, frozen=True, tag="link-healed"):
    """The direction from src to dst is open again."""

    LANDMARK = True
    src: NodeId
    dst: NodeId

    def changes(self) -> Changes:
        return [("cut", f"{self.src}>{self.dst}", None)]


class NetworkChanged(Event, frozen=True, tag="network-changed"):
    """The weather of all links, in parts per million of messages."""

    LANDMARK = True
    loss_ppm: int
    duplicate_ppm: int
    reorder_ppm: int

    def changes(self) -> Changes:
        weather = {
            "loss_ppm": self.loss_ppm,
            "duplicate_ppm": self.duplicate_ppm,
            "reorder_ppm": self.reorder_ppm,
        }
        return [("network", "network", weather)]


class HandlerFailed(Event, frozen=True, tag="handler-failed"):
    """A bug of ours: a handler raised. The run stops here and keeps its log."""

    LANDMARK = True
    node: NodeId
    error: str
