"""Links between machines: delay, loss, duplication, reordering, partitions, one-way cuts, authentication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct

from app.simulation.randomness import stream
from app.vocabulary.base import Message
from app.vocabulary.ids import NodeId

Mark = tuple[int, int]
"""(at_us, seq): when something happened, and its entry."""


class Weather(Struct, frozen=True, gc=False):
    """What happens to the messages of all links, in parts per million of messages."""

    loss_ppm: int = 0
    duplicate_ppm: int = 0
    reorder_ppm: int = 0


class Climate(Struct, frozen=True):
    """What the network is made of.

    delays:  quantiles of the delay in microseconds (see `Stream.delay_us`) by pair of zones; both orders must be there.
    default: the same for every other pair.
    weather, authentication: what the network begins with, and what healing restores.
    """

    delays: Mapping[tuple[str, str], tuple[int, ...]]
    default: tuple[int, ...]
    weather: Weather = Weather()
    authentication: bool = True


class Flight(Struct, frozen=True, gc=False):
    """A message on its way.

    claims: the sender that the message names; another than `src` when it is forged.
    tag:    proof that whoever sent it holds the key of the claimed sender's link.
    sent_seq: the entry of its sending. ends_us: when it arrives, or dies.
    fate:   "" (arrives), or why it dies on the way: "cut" or "loss".
    fate_seq: the entry that dooms it.
    """

    id: int
    src: NodeId
    dst: NodeId
    claims: NodeId
    message: Message
    tag: bytes
    sent_us: int
    arrives_us: int
    sent_seq: int
    ends_us: int
    fate: str
    fate_seq: int


class Link:
    """One direction between two machines.

    arrived_us: when the last message that kept its place in the queue arrives: links keep order unless told otherwise.
    blocked:    since when nothing passes, and the entry of the cut; None: open.
    heard_us:   when the latest delivered message was sent. lost: the first drop since, if any.
    """

    __slots__ = ("arrived_us", "blocked", "delays", "heard_us", "key", "lost")

    def __init__(self, delays: Sequence[int], key: bytes, blocked: Mark | None) -> None:
        self.delays = delays
        self.key = key
        self.blocked = blocked
        self.arrived_us = 0
        self.heard_us = 0
        self.lost: Mark | None = None


class Split(Struct, frozen=True):
    """One partition in force: nothing passes between different groups."""

    groups: tuple[tuple[NodeId, ...], ...]
    label: str
    since: Mark

    def parts(self, one: NodeId, other: NodeId) -> bool:
        """Whether the two are in different groups; a machine in no group keeps its links."""
        side = {node: index for index, group in enumerate(self.groups) for node in group}
        return one in side and other in side and side[one] != side[other]


_ENCODER = msgspec.msgpack.Encoder()


def _tag(key: bytes, claims: NodeId, message: Message) -> bytes:
    # The prefix is as good as BLAKE2's own keying here: the digest is not extendable, and the key has a fixed length.
    return blake2b(key + _ENCODER.encode((claims, message)), digest_size=8).digest()


class Network:
    """All links, and what is on its way on them.

    flights: messages on their way, by id, in the order of sending.
    splits:  partitions in force by id, the oldest first. cuts: one-way cuts in force by (src, dst).
    """

    def __init__(self, seed: int, climate: Climate, zones: Mapping[NodeId, str]) -> None:
        self.climate = climate
        self.weather = climate.weather
        self.authentication = climate.authentication
        self.flights: dict[int, Flight] = {}
        self.splits: dict[str, Split] = {}
        self.cuts: dict[tuple[NodeId, NodeId], Mark] = {}
        self._zones = dict(zones)
        self._links: dict[NodeId, dict[NodeId, Link]] = {node: {} for node in zones}
        self._delay = stream(seed, "network")
        self._luck = stream(seed, "weather")
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
        link = self._links[src][dst] = Link(delays, key, self.blocks(src, dst))
        return link

    # Sending and arriving

    def send(
        self, now_us: int, seq: int, src: NodeId, dst: NodeId, message: Message, claims: NodeId
    ) -> tuple[Flight, Flight | None]:
        """Put a message on the link: its flight, and a second one if the weather duplicates it.

        seq: the entry that the first flight's sending will have; the second has the next.
        """
        link = self._links[src].get(dst) or self._lay(src, dst)
        tag = _tag(link.key, claims, message)
        flight = self._launch(now_us, seq, link, (src, dst, claims, message, tag))
        if self.weather.duplicate_ppm and self._luck.chance_ppm(self.weather.duplicate_ppm):
            return flight, self._launch(now_us, seq + 1, link, (src, dst, claims, message, tag))
        return flight, None

    def _launch(
        self, now_us: int, seq: int, link: Link, letter: tuple[NodeId, NodeId, NodeId, Message, bytes]
    ) -> Flight:
        arrives_us = now_us + self._delay.delay_us(link.delays)
        weather = self.weather
        if weather.reorder_ppm and self._luck.chance_ppm(weather.reorder_ppm):
            # A detour: later messages may overtake this one, and it holds none of them up.
            arrives_us += self._delay.delay_us(link.delays)
        else:
            if arrives_us < link.arrived_us:
                arrives_us = link.arrived_us
            link.arrived_us = arrives_us
        ends_us, fate, fate_seq = arrives_us, "", seq
        if link.blocked is not None:
            ends_us, fate, fate_seq = (now_us + arrives_us) // 2, "cut", link.blocked[1]
        elif weather.loss_ppm and self._luck.chance_ppm(weather.loss_ppm):
            ends_us, fate = self._luck.uniform_int(now_us, arrives_us), "loss"
        self._sent = number = self._sent + 1
        src, dst, claims, message, tag = letter
        flight = self.flights[number] = Flight(
            number, src, dst, claims, message, tag, now_us, arrives_us, seq, ends_us, fate, fate_seq
        )
        return flight

    def admit(self, flight: Flight) -> bool:
        """Whether the message comes from whom it says: its tag was made with the key of the claimed sender's link.

        If so it counts as heard: silence is measured from its sending.
        """
        claims, dst = flight.claims, flight.dst
        link = self._links[claims].get(dst) or self._lay(claims, dst)
        if _tag(link.key, claims, flight.message) != flight.tag:
            return False
        if flight.sent_us > link.heard_us:
            link.heard_us = flight.sent_us
            link.lost = None
        return True

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
        marks = [split.since for split in self.splits.values() if split.parts(src, dst)]
        if (src, dst) in self.cuts:
            marks.append(self.cuts[src, dst])
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

    def _review(self) -> None:
        for src, links in self._links.items():
            for dst, link in links.items():
                link.blocked = self.blocks(src, dst)

    def caught(self) -> list[Flight]:
        """Take off and return the flights that are on a link on which nothing passes any more."""
        found = [f for f in self.flights.values() if self.link(f.src, f.dst).blocked is not None]
        for flight in found:
            del self.flights[flight.id]
        return found
