"""Links between machines: delay, loss, duplication, reordering, bandwidth, corruption, cuts, authentication."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.simulation.climate import Climate
from app.simulation.links import (
    CORRUPT,
    CUT,
    LATE,
    LOSS,
    REPLAY,
    TAMPER,
    Ailment,
    Ill,
    Link,
    Mark,
    Split,
    Wall,
    together,
)
from app.simulation.randomness import stream
from app.vocabulary.base import Message
from app.vocabulary.ids import NodeId


class Flight(Struct, frozen=True, gc=False):
    """A message on its way.

    claims: the sender that the message names; another than `src` when it is forged.
    number: of the message on its link, counted from 1.
    sealed: what its sender put a tag on, beside `claims` and `number`, with `key`: the message, unless somebody changed it
            since. The tag itself is computed where its value matters, see `Network.sealed`.
    sent_seq: the entry of its sending. ends_us: when it arrives, or dies.
    fate:   "" (arrives), or what befalls it at `ends_us`: see `simulation/links.py`.
    fate_seq: the entry that dooms it.
    """

    id: int
    src: NodeId
    dst: NodeId
    claims: NodeId
    message: Message
    number: int
    sealed: Message
    key: bytes
    sent_us: int
    arrives_us: int
    sent_seq: int
    ends_us: int
    fate: str
    fate_seq: int


_ENCODER = msgspec.msgpack.Encoder()


def _tag(key: bytes, claims: NodeId, number: int, message: Message) -> bytes:
    # The prefix is as good as BLAKE2's own keying here: the digest is not extendable, and the key has a fixed length.
    return blake2b(key + _ENCODER.encode((claims, number, message)), digest_size=8).digest()


def _same_tag(flight: Flight, key: bytes) -> bool:
    """Whether a message has the tag that this key makes."""
    claims, number = flight.claims, flight.number
    return _tag(key, claims, number, flight.message) == _tag(flight.key, claims, number, flight.sealed)


class Network:
    """All links, and what is on its way on them.

    flights: messages on their way, by id, in the order of sending.
    held:    messages that somebody holds on their way, and since when. They are no flights meanwhile.
    splits:  partitions in force by id, the oldest first. cuts: one-way cuts in force by (src, dst).
    walls, ailments: what faults that end by their id do to links, by that id.
    authentication: whether receivers check who a message comes from, and whether it came before.
    """

    def __init__(self, seed: int, climate: Climate, zones: Mapping[NodeId, str]) -> None:
        self.climate = climate
        self.weather = climate.weather
        self.authentication = climate.authentication
        self.flights: dict[int, Flight] = {}
        self.splits: dict[str, Split] = {}
        self.cuts: dict[tuple[NodeId, NodeId], Mark] = {}
        self.held: dict[int, tuple[Flight, int]] = {}
        self.walls: dict[str, Wall] = {}
        self.ailments: dict[str, Ailment] = {}
        self._zones = dict(zones)
        self._links: dict[NodeId, dict[NodeId, Link]] = {node: {} for node in zones}
        self._delay = stream(seed, "network")
        self._luck = stream(seed, "weather")
        self.harm = stream(seed, "ailments")
        self._secret = blake2b(f"{seed}:keys".encode(), digest_size=16).digest()
        self._sent = 0
        self._split = 0

    def link(self, src: NodeId, dst: NodeId) -> Link:
        """The link from src to dst; made on first use. Raises KeyError for a machine that does not exist."""
        found = self._links[src].get(dst)
        return found if found is not None else self._lay(src, dst)

    def _lay(self, src: NodeId, dst: NodeId) -> Link:
        zones = (self._zones[src], self._zones[dst])
        delays = self.climate.delays.get(zones, self.climate.default)
        key = blake2b(f"{src}>{dst}".encode(), key=self._secret, digest_size=16).digest()
        link = self._links[src][dst] = Link(delays, key, self.blocks(src, dst), self._ails(src, dst))
        return link

    # Coming and going

    def join(self, node: NodeId, zone: str) -> None:
        """A machine is plugged in."""
        self._zones[node] = zone
        self._links[node] = {}

    def leave(self, node: NodeId) -> list[Flight]:
        """A machine is unplugged: its links are gone. Returns what was on its way from or to it, or in its name."""
        del self._zones[node], self._links[node]
        for links in self._links.values():
            links.pop(node, None)
        found = [
            flight for flight in self.flights.values() if node in (flight.src, flight.dst, flight.claims)
        ]
        for flight in found:
            del self.flights[flight.id]
        held = [flight for flight, _ in self.held.values() if node in (flight.src, flight.dst, flight.claims)]
        for flight in held:
            del self.held[flight.id]
        return found + held

    # Sending and arriving

    def send(
        self, now_us: int, seq: int, src: NodeId, dst: NodeId, message: Message, claims: NodeId
    ) -> tuple[Flight, Flight | None]:
        """Put a message on the link: its flight, and a second one if the weather duplicates it.

        seq: the entry that the first flight's sending will have; the second has the next.
        """
        link = self._links[src].get(dst) or self._lay(src, dst)
        flight = self._launch(now_us, seq, link, src, dst, claims, message)
        ill = link.ill
        # The transport repeats itself: each copy is sealed for itself, so that a duplicate is no replay.
        if (self.weather.duplicate_ppm and self._luck.chance_ppm(self.weather.duplicate_ppm)) or (
            ill is not None and self.harm.chance_ppm(ill.duplicate_ppm)
        ):
            return flight, self._launch(now_us, seq + 1, link, src, dst, claims, message)
        return flight, None

    def _launch(
        self, now_us: int, seq: int, link: Link, src: NodeId, dst: NodeId, claims: NodeId, message: Message
    ) -> Flight:
        arrives_us = now_us + self._delay.delay_us(link.delays)
        weather, ill = self.weather, link.ill
        if ill is not None:
            arrives_us += self._held_up(now_us, link, ill, message)
        if (weather.reorder_ppm or ill is not None) and self._detours(ill):
            # Later messages may overtake this one, and it holds none of them up.
            arrives_us += self._delay.delay_us(link.delays)
        elif arrives_us < link.arrived_us:
            arrives_us = link.arrived_us
        else:
            link.arrived_us = arrives_us
        ends_us, fate, fate_seq = arrives_us, "", seq
        if link.blocked is not None:
            ends_us, fate, fate_seq = (now_us + arrives_us) // 2, CUT, link.blocked[1]
        elif weather.loss_ppm and self._luck.chance_ppm(weather.loss_ppm):
            ends_us, fate = self._luck.uniform_int(now_us, arrives_us), LOSS
        elif ill is not None:
            ends_us, fate = self._suffers(now_us, arrives_us, ill)
        self._sent = id_ = self._sent + 1
        link.sent = number = link.sent + 1
        flight = self.flights[id_] = Flight(
            id_,
            src,
            dst,
            claims,
            message,
            number,
            message,
            link.key,
            now_us,
            arrives_us,
            seq,
            ends_us,
            fate,
            fate_seq,
        )
        return flight

    def _detours(self, ill: Ill | None) -> bool:
        """Whether a message leaves its place in the queue, for the weather or the ill of its link."""
        reorder_ppm = self.weather.reorder_ppm
        if reorder_ppm and self._luck.chance_ppm(reorder_ppm):
            return True
        return ill is not None and self.harm.chance_ppm(ill.reorder_ppm)

    def _held_up(self, now_us: int, link: Link, ill: Ill, message: Message) -> int:
        """How much later a message comes for the ill of its link."""
        queued_us = (
            link.queue_us(now_us, ill.bytes_per_s, len(_ENCODER.encode(message))) if ill.bytes_per_s else 0
        )
        return ill.delay_us + queued_us

    def _suffers(self, now_us: int, arrives_us: int, ill: Ill) -> tuple[int, str]:
        """When a message's way ends and what befalls it there, for the ill of its link."""
        harm = self.harm
        if harm.chance_ppm(ill.loss_ppm):
            return harm.uniform_int(now_us, arrives_us), LOSS
        for ppm, fate in ((ill.corrupt_ppm, CORRUPT), (ill.tamper_ppm, TAMPER), (ill.replay_ppm, REPLAY)):
            if ppm and harm.chance_ppm(ppm):
                return arrives_us, fate
        return arrives_us, ""

    def admit(self, flight: Flight) -> str:
        """Why a message is refused, or "": "forged" if its tag was not made with the key of the claimed sender's link over
        this very message, "replayed" if the message of that number has come before.

        A message that is let in counts as heard: silence is measured from its sending.
        """
        link = self._links[flight.claims].get(flight.dst) or self._lay(flight.claims, flight.dst)
        if self.authentication:
            # The same key over the same message makes the same tag: that is nearly every message, and spares two digests.
            untouched = flight.sealed is flight.message and flight.key == link.key
            if not untouched and not _same_tag(flight, link.key):
                return "forged"
            number = flight.number
            if number == link.newest + 1:
                link.newest = number
            elif not link.fresh(number):
                return "replayed"
        if flight.sent_us > link.heard_us:
            link.heard_us = flight.sent_us
            link.lost = None
        return ""

    def sealed(self, flight: Flight) -> bool:
        """Whether a flight is what the machine whose name it bears has sent."""
        return _same_tag(flight, self.link(flight.claims, flight.dst).key)

    # Messages on their way, by hand

    def hold(self, id_: int, now_us: int) -> Flight:
        """Stop a message where it is. Raises KeyError if it is not on its way."""
        flight = self.flights.pop(id_)
        self.held[id_] = (flight, now_us)
        return flight

    def release(self, id_: int, now_us: int) -> Flight:
        """Let a held message go on: it needs what was left of its way, if nothing is in it by now."""
        flight, since_us = self.held.pop(id_)
        late_us = now_us - since_us
        blocked = self.link(flight.src, flight.dst).blocked
        if blocked is not None and flight.fate != CUT:
            rest_us = (flight.arrives_us - since_us) // 2
            changed = replace(flight, ends_us=now_us + rest_us, fate=CUT, fate_seq=blocked[1])
        else:
            changed = replace(flight, ends_us=flight.ends_us + late_us, fate=flight.fate or LATE)
        # It looks as if it had never stood still: it goes on from where it is.
        sent_us, arrives_us = flight.sent_us + late_us, flight.arrives_us + late_us
        return self.put(replace(changed, sent_us=sent_us, arrives_us=arrives_us))

    def put(self, flight: Flight) -> Flight:
        """Put a changed flight in the place of the one with its id, or back on its way."""
        if flight.id in self.held:
            self.held[flight.id] = (flight, self.held[flight.id][1])
        else:
            self.flights[flight.id] = flight
        return flight

    def copy(self, flight: Flight, now_us: int, seq: int) -> Flight:
        """The transport repeats itself: a second flight of the same message, sealed for itself, begins now."""
        link = self.link(flight.src, flight.dst)
        return self._launch(now_us, seq, link, flight.src, flight.dst, flight.claims, flight.message)

    def replayed(self, flight: Flight, src: NodeId, now_us: int, seq: int) -> Flight:
        """Somebody at `src` sends a recorded message again, in the name and with the number and seal of its sender."""
        link = self.link(src, flight.dst)
        copy = self._launch(now_us, seq, link, src, flight.dst, flight.claims, flight.message)
        return self.put(replace(copy, number=flight.number, sealed=flight.sealed, key=flight.key))

    def lost(self, flight: Flight, mark: Mark) -> None:
        """The flight's message died; `mark` is its entry."""
        link = self.link(flight.src, flight.dst)
        if link.lost is None and flight.sent_us >= link.heard_us:
            link.lost = mark

    def befell(self, src: NodeId, dst: NodeId, fate: Mark | None) -> Mark | None:
        """Why dst hears nothing from src: the first thing that befell src (`fate`), the link or the mail since src sent
        what dst heard last; else what befell dst's own mail to src; None if nothing did."""
        link = self.link(src, dst)
        marks = [
            mark for mark in (fate, link.blocked, link.lost) if mark is not None and mark[0] >= link.heard_us
        ]
        if not marks:
            back = self.link(dst, src)
            marks = [
                mark for mark in (back.blocked, back.lost) if mark is not None and mark[0] >= link.heard_us
            ]
        return min(marks, default=None)

    # Cutting and healing

    def blocks(self, src: NodeId, dst: NodeId) -> Mark | None:
        """Since when, and by which entry, nothing passes from src to dst; None if the link is open."""
        if not (self.splits or self.cuts or self.walls):
            return None
        marks = [split.since for split in self.splits.values() if split.parts(src, dst)]
        if (src, dst) in self.cuts:
            marks.append(self.cuts[src, dst])
        marks += [wall.since for wall in self.walls.values() if (src, dst) in wall.links]
        return min(marks) if marks else None

    def partition(self, groups: tuple[tuple[NodeId, ...], ...], label: str, since: Mark) -> str:
        """Cut the network into groups; returns the partition's id, `p1` for the first of the run."""
        self._split += 1
        name = f"p{self._split}"
        self.splits[name] = Split(groups, label, since)
        self._review()
        return name

    def next_partition(self) -> str:
        """The id that the next partition will have."""
        return f"p{self._split + 1}"

    def heal_partition(self, name: str) -> Split:
        """Undo one partition. Raises KeyError if there is none of that name."""
        split = self.splits.pop(name)
        self._review()
        return split

    def cut(self, src: NodeId, dst: NodeId, since: Mark) -> None:
        """Cut one direction of a link."""
        self.cuts[src, dst] = since
        self._review()

    def heal_cut(self, src: NodeId, dst: NodeId) -> None:
        """Undo `cut`. Raises KeyError if the direction is not cut."""
        del self.cuts[src, dst]
        self._review()

    def wall_off(self, name: str, wall: Wall) -> None:
        """Let nothing pass on some links."""
        self.walls[name] = wall
        self._review()

    def tear_down(self, name: str) -> None:
        """Undo `wall_off`. Raises KeyError if there is none of that name."""
        del self.walls[name]
        self._review()

    def ail(self, name: str, ailment: Ailment) -> None:
        """Make some links ill, from now on: what is on its way keeps its fate."""
        self.ailments[name] = ailment
        self._review()

    def cure(self, name: str) -> None:
        """Undo `ail`. Raises KeyError if there is none of that name."""
        del self.ailments[name]
        self._review()

    def _ails(self, src: NodeId, dst: NodeId) -> Ill | None:
        if not self.ailments:
            return None
        return together(ailment.ill for ailment in self.ailments.values() if ailment.hits(src, dst))

    def _review(self) -> None:
        for src, links in self._links.items():
            for dst, link in links.items():
                link.blocked = self.blocks(src, dst)
                link.ill = self._ails(src, dst)

    def caught(self) -> list[Flight]:
        """Take off and return the flights that are on a link on which nothing passes any more."""
        found = [f for f in self.flights.values() if self.link(f.src, f.dst).blocked is not None]
        for flight in found:
            del self.flights[flight.id]
        return found
