"""What the faults of links, of shapes and of single messages do, on toy machines, to the microsecond."""

from __future__ import annotations

import pytest

from app.faults.base import Ground
from app.faults.bridge import MakeBridge
from app.faults.delay_message import DelayMessage
from app.faults.drop_message import DropMessage
from app.faults.duplicate_message import DuplicateMessage
from app.faults.edit_message import EditMessage
from app.faults.events import FaultBegan, MessageEdited, MessageMoved, MessageReleased, MessageStopped
from app.faults.heal import EndFault
from app.faults.hold_message import HoldMessage, ReleaseMessage
from app.faults.isolate import IsolateNode
from app.faults.link_bandwidth import LimitBandwidth
from app.faults.link_corruption import CorruptLink
from app.faults.link_delay import DelayLink
from app.faults.link_duplication import DuplicateOnLink
from app.faults.link_loss import LoseOnLink
from app.faults.link_reordering import ReorderLink
from app.faults.majority import SplitMajority
from app.faults.reorder_message import ReorderMessage
from app.faults.replay import ReplayOnLink
from app.faults.replay_message import ReplayMessage
from app.faults.ring import MakeRing
from app.faults.tamper import TamperOnLink
from app.vocabulary.base import Refused
from app.vocabulary.commands import Partition
from app.vocabulary.effects import Send
from app.vocabulary.events import MessageDropped, MessageRefused, MessageSent
from tests.faults.test_faults import do, talkers
from tests.world.toys import Note, run, seen, told, toy_host

ALL = 1_000_000


def once(*notes: str) -> dict:
    """a sends b some notes at 0; each takes 100 us. x is an intruder."""
    return {"a": {"start": lambda *_: [Send("b", Note(note)) for note in notes]}, "x": {}}


def flight(host) -> int:
    return next(iter(host.network.flights))


def at_b(host) -> list[tuple[int, str]]:
    return [(at_us, what.removeprefix("a:")) for at_us, what in seen(host, "b")]


def why_not(refused: Refused | None) -> str:
    assert refused is not None
    return refused.code


# Links


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(DelayLink(50, "a", "b"), [150], id="delay: one way"),
        pytest.param(DelayLink(50, "b", "a"), [100], id="delay: not the other"),
        pytest.param(DelayLink(50, "b", "a", True), [150], id="delay: both ways"),
        pytest.param(DelayLink(50, "a"), [150], id="delay: all that a sends"),
        pytest.param(DelayLink(50, "", "b"), [150], id="delay: all that b gets"),
        pytest.param(DelayLink(50), [150], id="delay: everywhere"),
        pytest.param(LoseOnLink(ALL, "a", "b"), [], id="loss: all"),
        pytest.param(DuplicateOnLink(ALL, "a", "b"), [100, 100], id="duplication: all"),
        pytest.param(ReorderLink(ALL, "a", "b"), [200], id="reordering: a detour as long as the way"),
        pytest.param(LimitBandwidth(10_000, "a", "b"), [100 + 1_300], id="bandwidth: 13 bytes at 10 kB/s"),
    ],
)
def test_an_ill_link(command, expected):
    host = toy_host({})
    assert do(host, command) is None
    host.mail("a", "b", Note("hi"), 0)
    run(host, 10_000)
    assert [at_us for at_us, _ in at_b(host)] == expected


def test_messages_queue_for_a_narrow_line():
    host = toy_host({})
    assert do(host, LimitBandwidth(10_000, "a", "b")) is None
    for note in ("1", "2", "3"):
        host.mail("a", "b", Note(note), 0)
    run(host, 10_000)
    took = 1_200
    assert at_b(host) == [(100 + took, "1"), (100 + 2 * took, "2"), (100 + 3 * took, "3")]


def test_two_ills_of_a_link_add_up_and_end_one_by_one():
    host = toy_host({})
    do(host, DelayLink(50, "a", "b"))
    do(host, DelayLink(7))
    host.mail("a", "b", Note("both"), 0)
    run(host, 1_000)
    do(host, EndFault("link-delay:a>b"))
    host.mail("a", "b", Note("one"), 0)
    run(host, 2_000)
    do(host, EndFault("link-delay:*>*"))
    host.mail("a", "b", Note("none"), 0)
    run(host, 3_000)
    assert at_b(host) == [(157, "both"), (1_107, "one"), (2_100, "none")]


def test_a_link_that_is_laid_later_has_the_ill_as_well():
    host = toy_host({})
    do(host, LoseOnLink(ALL))
    assert host.network.link("c", "a").ill is not None


# Shapes


def reach(host: Ground) -> set[str]:
    nodes = [node for node, machine in host.machines.items() if machine.spec.role == "storage"]
    return {f"{a}{b}" for a in nodes for b in nodes if a != b and host.network.blocks(a, b) is None}


def pairs(text: str) -> set[str]:
    return {way for pair in text.split() for way in (pair, pair[::-1])}


@pytest.mark.parametrize(
    ("command", "links"),
    [
        pytest.param(MakeRing(), pairs("ab bc cd de ea"), id="ring: neighbours"),
        pytest.param(MakeBridge("c"), pairs("ab de ca cb cd ce"), id="bridge: two halves and c"),
        pytest.param(SplitMajority(), pairs("ab ac bc de"), id="majority: three and two"),
        pytest.param(IsolateNode("a"), pairs("bc bd be cd ce de"), id="isolate: both ways"),
        pytest.param(
            IsolateNode("a", "deaf"),
            pairs("bc bd be cd ce de") | {"ab", "ac", "ad", "ae"},
            id="isolate: deaf",
        ),
        pytest.param(
            IsolateNode("a", "mute"),
            pairs("bc bd be cd ce de") | {"ba", "ca", "da", "ea"},
            id="isolate: mute",
        ),
    ],
)
def test_who_reaches_whom(command, links):
    host = toy_host({"d": {}, "e": {}, "x": {}})
    everything = reach(host)
    assert do(host, command) is None
    assert reach(host) == links
    [id_] = host.troubles
    assert do(host, EndFault(id_)) is None
    assert reach(host) == everything


def test_a_ring_of_three_is_refused():
    assert why_not(do(toy_host({}), MakeRing())) == "too-few-replicas"


def test_a_shape_drops_what_is_on_its_way():
    host = toy_host(talkers())
    run(host, 50)
    assert do(host, IsolateNode("a")) is None
    [began] = told(host, FaultBegan)
    caught = told(host, MessageDropped)
    assert len(caught) == 4
    assert {drop.cause for drop in caught} == {began.seq}


# Single messages


def test_a_held_message_goes_on_from_where_it_was():
    host = toy_host(once("hi"))
    run(host, 30)
    id_ = flight(host)
    assert do(host, HoldMessage(id_)) is None
    run(host, 1_000)
    assert at_b(host) == []
    assert why_not(do(host, HoldMessage(id_))) == "message-held"
    assert do(host, ReleaseMessage(id_)) is None
    [stopped], [released] = told(host, MessageStopped), told(host, MessageReleased)
    assert stopped.event.fields == {"text": "hi"}
    assert (released.event.sent_us, released.event.arrives_us) == (970, 1_070)
    run(host, 2_000)
    assert at_b(host) == [(1_070, "hi")]


def test_a_message_released_at_once_loses_no_time_and_comes_once():
    host = toy_host(once("hi"))
    run(host, 30)
    do(host, HoldMessage(flight(host)))
    run(host, 40)
    do(host, ReleaseMessage(next(iter(host.network.held))))
    run(host, 2_000)
    assert at_b(host) == [(110, "hi")]


def test_a_message_held_across_a_cut_dies_in_it():
    host = toy_host(once("hi"))
    run(host, 30)
    id_ = flight(host)
    do(host, HoldMessage(id_))
    do(host, Partition((("a",), ("b",))))
    run(host, 500)
    assert do(host, ReleaseMessage(id_)) is None
    run(host, 1_000)
    assert at_b(host) == []
    [dropped] = told(host, MessageDropped)
    assert dropped.event.reason == "cut"


def test_a_dropped_message_is_gone_held_or_not():
    host = toy_host(once("1", "2"))
    run(host, 30)
    first, second = host.network.flights
    do(host, HoldMessage(first))
    assert do(host, DropMessage(first)) is None
    assert do(host, DropMessage(second)) is None
    assert why_not(do(host, DropMessage(second))) == "no-such-message"
    run(host, 1_000)
    assert at_b(host) == []
    assert [entry.event.reason for entry in told(host, MessageDropped)] == ["dropped", "dropped"]


def test_a_duplicate_is_genuine_and_begins_anew():
    host = toy_host(once("hi"))
    run(host, 30)
    assert do(host, DuplicateMessage(flight(host))) is None
    run(host, 1_000)
    assert at_b(host) == [(100, "hi"), (130, "hi")]
    assert told(host, MessageRefused) == []


def test_a_delayed_message_lets_others_pass():
    host = toy_host(once("1", "2"))
    run(host, 30)
    assert do(host, DelayMessage(flight(host), 500)) is None
    [moved] = told(host, MessageMoved)
    # Three tenths of its way are behind it, whatever the rest takes.
    assert (30 - moved.event.sent_us) * 10 // (600 - moved.event.sent_us) in (2, 3)
    run(host, 1_000)
    assert at_b(host) == [(100, "2"), (600, "1")]


def test_the_next_one_on_the_link_overtakes():
    host = toy_host(once("1"))
    run(host, 30)
    first = flight(host)
    assert why_not(do(host, ReorderMessage(first))) == "nothing-behind"
    host.mail("a", "b", Note("2"), 0)
    assert do(host, ReorderMessage(first)) is None
    run(host, 1_000)
    assert at_b(host) == [(100, "2"), (130, "1")]


# Messages that are not what they say


def strange(host, command) -> list[tuple[int, str]]:
    assert do(host, command) is None
    run(host, 5_000)
    return at_b(host)


def edit(host) -> EditMessage:
    run(host, 30)
    return EditMessage(flight(host), "text", "bye")


def replay(host) -> ReplayMessage:
    run(host, 30)
    return ReplayMessage(flight(host))


@pytest.mark.parametrize(
    ("begin", "refused", "believed"),
    [
        pytest.param(edit, ["forged"], ["bye"], id="edited"),
        pytest.param(replay, ["replayed"], ["hi", "hi"], id="replayed"),
    ],
)
def test_by_hand_with_authentication_it_is_refused_and_counted_without_it_is_believed(
    begin, refused, believed
):
    for authentic in (True, False):
        host = toy_host(once("hi"))
        host.network.authentication = authentic
        heard = [what for _, what in strange(host, begin(host))]
        assert [entry.event.reason for entry in told(host, MessageRefused)] == (refused if authentic else [])
        assert host.machines["b"].refused == (len(refused) if authentic else 0)
        assert heard == ((["hi"] if begin is replay else []) if authentic else believed)
        outside = [entry for entry in told(host, FaultBegan) if not entry.event.inside]
        assert bool(outside) is not authentic


@pytest.mark.parametrize(
    "command", [CorruptLink(ALL, "a", "b"), TamperOnLink(ALL, "a", "b")], ids=lambda c: type(c).__name__
)
def test_on_a_link_as_well(command):
    for authentic in (True, False):
        host = toy_host({"x": {}})
        host.network.authentication = authentic
        assert do(host, command) is None
        host.mail("a", "b", Note("hi"), 0)
        run(host, 5_000)
        if authentic:
            assert at_b(host) == []
            assert len(told(host, MessageRefused)) == 1
        else:
            [(_, heard)] = at_b(host)
            assert heard != "hi"
            [changed] = told(host, MessageEdited)
            assert changed.event.now == heard
        [began] = told(host, FaultBegan)
        assert began.event.inside is authentic


def test_every_message_of_a_link_replayed_is_refused_every_time():
    host = toy_host(talkers() | {"x": {}})
    assert do(host, ReplayOnLink(ALL, "a", "b")) is None
    run(host, 2_000)
    heard = [what for _, what in seen(host, "b") if what == "a:hi"]
    replayed = [entry for entry in told(host, MessageSent) if entry.event.src == "x"]
    assert len(replayed) > 30
    assert {entry.event.reason for entry in told(host, MessageRefused)} == {"replayed"}
    assert len(told(host, MessageRefused)) >= len(replayed) - 5
    assert len(heard) <= len(replayed) + 5


def test_reordering_and_loss_are_no_replay():
    host = toy_host(talkers())
    do(host, ReorderLink(500_000))
    do(host, LoseOnLink(300_000))
    do(host, DuplicateOnLink(300_000))
    run(host, 50_000)
    assert told(host, MessageRefused) == []
    assert len(seen(host, "b")) > 500
