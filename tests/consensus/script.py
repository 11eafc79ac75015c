"""The machines that the scripts drive, and how their effects are printed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.configuration import Configurations, first_of
from app.consensus.multipaxos import messages as m
from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.membership import FORMATTED, IDENTITY
from app.consensus.multipaxos.messages import Snapshot, Vote
from app.consensus.multipaxos.parts import build
from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.settings import Settings
from app.consensus.state import Get, LeaderStarted, Put
from app.consensus.values import mark_of
from app.vocabulary.base import Moment
from app.vocabulary.effects import Announce, CancelTimer, Emit, Persist, Quorum, Send, SetTimer
from app.vocabulary.ids import ZERO, Ballot
from app.vocabulary.replicated import ClientRequest, Request, Value
from tests.consensus.cluster import new_machine

SETTINGS = Settings(
    heartbeat_us=1_000, election_us_min=3_000, election_us_max=3_000, retransmit_us=1_000, catchup_us=500,
    window=4, batch_max=3, snapshot_every=3, keep_slots=2, hold_back_slots=4, catchup_slots=2, drift_ppm_max=0,
)  # fmt: skip
"""Times in ms read as us: the scripts' clock counts from 0 in steps of a hundred or a thousand."""


def group() -> Configurations:
    """The three replicas that every script begins with."""
    return Configurations(SETTINGS.window, first_of(("s1", "s2", "s3")))


# Reading


def ballot(text: str) -> Ballot:
    """`2.s1`."""
    number, node = text.split(".")
    return Ballot(int(number), node)


def value(text: str) -> Value:
    """`x=1` or `x=1&y=2`; `?x` reads x; `-` is the no-op; `L2.s1` is the first entry of that leader."""
    if text == "-":
        return ()
    requests = []
    for part in text.split("&"):
        if part.startswith("L"):
            requests.append(Request("", 0, LeaderStarted(ballot(part[1:]))))
        elif part.startswith("?"):
            requests.append(Request("", 0, Get(part[1:])))
        else:
            key, written = part.split("=")
            requests.append(Request("", 0, Put(key, written)))
    return tuple(requests)


def votes(text: str) -> tuple[Vote, ...]:
    """`1:2.s1:x=1,2:2.s1:-`: slot, ballot, value."""
    parts = [part.split(":") for part in text.split(",") if part]
    return tuple(Vote(int(slot), ballot(b), value(v), mark_of(value(v))) for slot, b, v in parts)


READERS: dict[str, Any] = {
    "ballot": ballot, "promised": ballot, "value": value, "votes": votes, "granted": lambda text: text == "yes",
    "values": lambda text: tuple(value(part) for part in text.split(",")),
}  # fmt: skip
KINDS = {message.__struct_config__.tag: message for message in m.MESSAGES}


def arguments(words: list[str]) -> dict[str, Any]:
    """`slot=1 ballot=2.s1` as keyword arguments; anything without a reader of its own is a number."""
    pairs = [word.split("=", 1) for word in words]
    return {name: READERS.get(name, int)(text) for name, text in pairs}


def message(words: list[str]) -> Any:
    """`accept slot=1 ballot=2.s1 value=x=1 chosen_to=0`."""
    kind, fields = KINDS[words[0]], arguments(words[1:])
    if "value" in fields:
        fields["mark"] = mark_of(fields["value"])
    return kind(**fields)


# Printing


HIDDEN = ("mark", "digest", "because")
"""Checksums, and what only the log needs."""
UNLESS_ZERO = ("incarnation",)


def show(thing: Any) -> str:
    """A value as the scripts spell it."""
    if type(thing) is Ballot:
        return str(thing)
    if type(thing) is Vote:
        return f"{thing.slot}:{thing.ballot}:{show_value(thing.value)}"
    if type(thing) is Snapshot:
        return f"Snapshot(slot={thing.slot})"
    if isinstance(thing, Struct):
        fields = {
            name: getattr(thing, name)
            for name in thing.__struct_fields__
            if name not in HIDDEN and (name not in UNLESS_ZERO or getattr(thing, name))
        }
        shown = [
            f"{name}={show_value(part) if name == 'value' else show(part)}" for name, part in fields.items()
        ]
        return f"{type(thing).__name__}({', '.join(shown)})"
    if isinstance(thing, (tuple, list)):
        return "[" + ", ".join(show(part) for part in thing) + "]"
    return str(thing)


def show_value(held: Any) -> str:
    if isinstance(held, list):
        return "[" + ", ".join(" ".join(map(str, label)) for label in held) + "]"
    if not isinstance(held, tuple):
        return str(held)
    return "&".join(" ".join(map(str, request.op.label())) for request in held) or "-"


def lines(effects: Any, indent: str = "") -> list[str]:
    """Effects, one a line, what depends on them indented."""
    printed: list[str] = []
    for effect in effects:
        kind = type(effect)
        if kind is Send:
            printed.append(f"{indent}send {effect.to} {show(effect.message)}")
        elif kind is Persist:
            writes = ", ".join(
                f"{key}={'gone' if held is None else show(held)}" for key, held in effect.writes
            )
            printed += [f"{indent}persist {writes}", *lines(effect.then, indent + "  ")]
        elif kind is Emit:
            printed += [f"{indent}emit {show(effect.event)}", *lines(effect.then, indent + "  ")]
        elif kind is SetTimer:
            awaiting = f", awaiting {effect.awaiting}" if effect.awaiting else ""
            if isinstance(effect.awaiting, Quorum):
                awaiting = f", awaiting {effect.awaiting.needed} of {' '.join(effect.awaiting.nodes)}"
            printed.append(f"{indent}timer {effect.name} in {effect.after_us}{awaiting}")
        elif kind is CancelTimer:
            printed.append(f"{indent}cancel {effect.name}")
        else:
            assert kind is Announce, effect
            printed.append(f"{indent}announce {effect.slot} {show_value(effect.value)}")
    return printed


# Machines


class FixedChance:
    def uniform_int(self, low: int, high: int) -> int:
        return low

    def pick(self, options: Any) -> Any:
        return options[0]


class AcceptorScript:
    """prepare, accept: messages from a proposer. sync: the disk has what was asked for. crash: a new life, from disk."""

    def __init__(self) -> None:
        self.disk: dict[str, Any] = {}
        self.asked: list[Persist] = []
        self.acceptor = Acceptor("s1", self.disk)
        self.chosen_to = 0

    def run(self, command: str) -> str:
        name, *words = command.split()
        if name == "sync":
            for effect in self.asked:
                self.disk.update(effect.writes)
            self.asked = []
            return "\n".join(f"{key} {show(held)}" for key, held in self.disk.items())
        if name == "crash":
            self.asked = []
            self.acceptor = Acceptor("s1", self.disk)
            return f"promised {self.acceptor.promised}, votes {show(list(self.acceptor.votes.values()))}"
        if name == "chosen":
            self.chosen_to = int(words[0])
            return ""
        if name == "trim":
            return f"gone {self.acceptor.trim(int(words[0]))}, last {self.acceptor.last}"
        sender, letter = words[0], message([name, *words[1:]])
        if name == "prepare":
            effects = self.acceptor.on_prepare(sender, letter, self.chosen_to)
        else:
            effects = self.acceptor.on_accept(sender, letter)
        self.asked += [effect for effect in effects if isinstance(effect, Persist)]
        return "\n".join(lines(effects))


class LeaderScript:
    """new BALLOT; promise, accepted, heartbeat-reply FROM ...; propose VALUE; queue VALUE; flush; retransmit; state."""

    def __init__(self) -> None:
        self.now_us = 0
        self.leader = Leader("s1", SETTINGS, ZERO, 0, 1, group())

    def run(self, command: str) -> str:
        name, *words = command.split()
        leader = self.leader
        if name == "new":
            fields = arguments(words)
            self.leader = Leader("s1", SETTINGS, fields["ballot"], self.now_us, fields["first_slot"], group())
            return "\n".join(lines(self.leader.prepare(self.now_us)))
        if name == "now":
            self.now_us = int(words[0])
            return f"lease {'over' if self.now_us >= leader.lease_us else 'holds'}"
        if name == "promise":
            complete = leader.on_promise(words[0], message([name, *words[1:]]))
            return "a quorum" if complete else "not yet"
        if name == "adopt":
            adopted = leader.adopt(int(words[0]))
            first = leader.next_slot
            held = [f"{slot}:{show_value(value)}" for slot, value in enumerate(adopted, first)]
            fetched = f"; fetch up to {leader.fetch_to} from {leader.fetch_from}" if leader.fetch_from else ""
            return f"adopted [{', '.join(held)}], next slot {first + len(adopted)}{fetched}"
        if name == "accepted":
            done = leader.on_accepted(words[0], message([name, *words[1:]]))
            return f"chosen, voters {show(done.voters)}" if done else "not chosen"
        if name == "heartbeat-reply":
            leader.on_heartbeat_reply(words[0], message([name, *words[1:]]))
            return f"lease until {leader.lease_us}, all applied {leader.all_applied(99)}"
        return "\n".join(lines(self._propose(name, words)))

    def _propose(self, name: str, words: list[str]) -> Any:
        leader = self.leader
        if name == "prepare-again":
            return leader.prepare(self.now_us)
        if name == "propose":
            return leader.propose(self.now_us, value(words[0]), int(words[1]))
        if name == "queue":
            leader.queue += [(value(word)[0], 0) for word in words]
            return []
        if name == "flush":
            return leader.flush(self.now_us, int(words[0]), 0)
        assert name == "retransmit", name
        return leader.retransmit(self.now_us)


class LearnerScript:
    """choose SLOT VALUE; vote SLOT BALLOT VALUE; notice BALLOT UP_TO; apply; snapshot; install; trim UP_TO."""

    def __init__(self) -> None:
        self.learner = Learner(new_machine(), None, group())
        self.votes: dict[int, Vote] = {}
        self.saved: Snapshot | None = None

    def run(self, command: str) -> str:
        name, *words = command.split()
        learner = self.learner
        printed = ""
        if name == "choose":
            learner.choose(int(words[0]), value(words[1]))
        elif name == "vote":
            (vote,) = votes(":".join(words))
            self.votes[vote.slot] = vote
            learner.on_vote(vote.ballot, vote.slot, vote.value)
        elif name == "notice":
            learner.on_notice(ballot(words[0]), int(words[1]), self.votes)
        elif name == "apply":
            applied = learner.apply()
            printed = "".join(
                f"slot {slot} {show_value(held)} -> {show(outcomes)}\n" for slot, held, outcomes in applied
            )
        elif name == "snapshot":
            self.saved = learner.snapshot()
        elif name == "restart":
            self.learner = learner = Learner(new_machine(), self.saved, group())
        else:
            assert name == "trim", name
            learner.trim(int(words[0]))
        held = ", ".join(f"{slot}:{show_value(kept)}" for slot, kept in sorted(learner.chosen.items()))
        places = f"gapless to {learner.chosen_to}, applied {learner.applied}, known to {learner.known_to}"
        return f"{printed}chosen [{held}], {places}"


class ReplicaScript:
    """MESSAGE FROM ...; timer NAME; now US; sync; crash; request SESSION NUMBER VALUE; state; add NODE; remove NODE; wipe.

    The node is s1 of s1, s2, s3.

    What it sends to itself arrives at once, and is printed where it arrives.
    """

    def __init__(self) -> None:
        self.disk: dict[str, Any] = dict(FORMATTED)
        self.asked: list[Persist] = []
        self.now_us = 0
        self.replica = self._new()

    def _new(self) -> Replica:
        return build("s1", ("s1", "s2", "s3"), SETTINGS, self.disk, FixedChance(), new_machine())

    def run(self, command: str) -> str:
        name, *words = command.split()
        if name == "now":
            self.now_us = int(words[0])
            return ""
        if name == "start":
            return self._perform(self.replica.on_start(self._at()))
        if name in ("crash", "wipe"):
            return self._crash(wiped=name == "wipe")
        if name == "state":
            return self._state()
        if name == "sync":
            return self._sync()
        if name == "timer":
            return self._perform(self.replica.on_timer(self._at(), words[0]))
        if name in ("add", "remove"):
            wish = AddReplica(words[0]) if name == "add" else RemoveReplica(words[0])
            return self._perform(self.replica.on_command(self._at(), wish))
        if name == "request":
            request = Request(words[0], int(words[1]), value(words[2])[0].op)
            return self._hear("w1", ClientRequest(request))
        if name == "state-of":
            return self._hear(words[0], self._state_of(words[1]))
        return self._hear(words[0], message([name, *words[1:]]))

    def _hear(self, sender: str, letter: Any) -> str:
        return self._perform(self.replica.on_message(self._at(), sender, letter))

    def _crash(self, wiped: bool) -> str:
        if wiped:
            self.disk.clear()
        self.asked = []
        self.replica = self._new()
        return self._state()

    def _sync(self) -> str:
        asked, self.asked = self.asked, []
        for effect in asked:
            for key, held in effect.writes:
                self.disk.pop(key, None) if held is None else self.disk.__setitem__(key, held)
        return "\n".join(filter(None, [self._perform(effect.then) for effect in asked]))

    def _state_of(self, values: str) -> Any:
        """The state of a replica that applied these values."""
        machine = Learner(new_machine(), None, group())
        for slot, part in enumerate(values.split(","), 1):
            machine.choose(slot, value(part))
        machine.apply()
        return m.State(machine.snapshot(), machine.chosen_to)

    def _at(self) -> Moment:
        return Moment(self.now_us, 0)

    def _state(self) -> str:
        replica = self.replica
        disk = ", ".join(sorted(key for key in self.disk if key != IDENTITY)) or "empty"
        return (
            f"{replica.role}{', leading' if replica.leading else ''}, follows {replica.election.leader or 'nobody'}, "
            f"promised {replica.acceptor.promised}, applied {replica.applied}\ndisk: {disk}"
        )

    def _perform(self, effects: Any) -> str:
        printed = lines(effects)
        own: list[Any] = []
        self._collect(effects, own)
        for letter in own:
            printed.append(f"s1 hears {show(letter)}")
            printed.append(self._perform(self.replica.on_message(self._at(), "s1", letter)))
        return "\n".join(line for line in printed if line)

    def _collect(self, effects: Any, own: list[Any]) -> None:
        for effect in effects:
            if type(effect) is Persist:
                self.asked.append(effect)
            elif type(effect) is Emit:
                self._collect(effect.then, own)
            elif type(effect) is Send and effect.to == "s1":
                own.append(effect.message)


MACHINES: dict[str, Any] = {
    "acceptor": AcceptorScript,
    "leader": LeaderScript,
    "learner": LearnerScript,
    "replica": ReplicaScript,
}
