"""The host: effects in order, machines that stop and start, and a cause for everything."""

from __future__ import annotations

import itertools

import pytest

from app.simulation.climate import Weather
from app.vocabulary.effects import CancelTimer, Effect, Emit, Persist, Quorum, Send, SetTimer
from app.vocabulary.events import (
    MessageDelivered,
    MessageDropped,
    MessageHeld,
    MessageRefused,
    MessageSent,
    NodeKilled,
    NodeResumed,
    TimerFired,
)
from tests.world.toys import Note, Said, chain, run, say, seen, told, toy_host


def test_a_message_takes_its_time_and_knows_its_cause():
    host = toy_host(
        {"a": {"start": lambda toy, at: [Send("b", Note("hello"))]}, "b": {"message": say("heard")}}
    )
    run(host, 1_000)
    assert seen(host, "b") == [(100, "a:hello")]
    [said] = told(host, Said)
    assert said.at_us == 100
    assert chain(host, said) == ["toy-said", "message-delivered", "message-sent", "run-started"]


def test_seqs_have_no_gaps_and_time_never_falls():
    host = toy_host(
        {
            "a": {"start": lambda toy, at: [SetTimer("tick", 7)], "timer": _tick},
            "b": {"message": lambda toy, at, sender, m: [Send(sender, Note("re"))] if m.text != "re" else []},
        },
        delay_us=(10, 90),
    )
    entries = run(host, 5_000)
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    assert all(one.at_us <= other.at_us for one, other in itertools.pairwise(entries))
    assert all(entry.cause is not None and entry.cause < entry.seq for entry in entries[1:])


def _tick(toy, at, name) -> list[Effect]:
    return [Send("b", Note("tick")), SetTimer("tick", 7)]


def test_links_keep_the_order_of_sending():
    texts = [str(n) for n in range(50)]
    host = toy_host(
        {"a": {"start": lambda toy, at: [Send("b", Note(text)) for text in texts]}}, delay_us=(10, 1_000)
    )
    run(host, 10_000)
    assert [what for _, what in seen(host, "b")] == [f"a:{text}" for text in texts]


def test_reordering_lets_messages_overtake():
    texts = [str(n) for n in range(50)]
    host = toy_host(
        {"a": {"start": lambda toy, at: [Send("b", Note(text)) for text in texts]}},
        delay_us=(10, 1_000),
        weather=Weather(reorder_ppm=500_000),
    )
    run(host, 10_000)
    found = [what for _, what in seen(host, "b")]
    assert sorted(found) == sorted(f"a:{text}" for text in texts)
    assert found != [f"a:{text}" for text in texts]


def test_a_duplicate_is_caused_by_the_message_it_repeats():
    host = toy_host(
        {"a": {"start": lambda toy, at: [Send("b", Note("x"))]}}, weather=Weather(duplicate_ppm=1_000_000)
    )
    run(host, 1_000)
    first, second = told(host, MessageSent)
    assert second.cause == first.seq
    assert len(told(host, MessageDelivered)) == 2


def test_loss_kills_on_the_way_and_says_so():
    host = toy_host(
        {"a": {"start": lambda toy, at: [Send("b", Note(str(n))) for n in range(40)]}},
        weather=Weather(loss_ppm=1_000_000),
    )
    run(host, 1_000)
    drops = told(host, MessageDropped)
    assert len(drops) == 40
    assert {drop.event.reason for drop in drops} == {"loss"}
    assert len({drop.at_us for drop in drops}) > 5
    assert not seen(host, "b")


def test_mail_to_oneself_needs_no_link():
    host = toy_host({"a": {"start": lambda toy, at: [Send("a", Note("me")), Emit(Said("a", "first"))]}})
    run(host, 1)
    assert seen(host, "a") == [(0, "a:me")]
    assert not told(host, MessageSent)


def test_what_depends_on_the_disk_waits_for_it():
    persist = Persist((("key", 1),), (Emit(Said("a", "safe")),))
    host = toy_host({"a": {"start": lambda toy, at: [persist]}})
    run(host, 10)
    assert not told(host, Said)
    assert host.machines["a"].disk.content == {}
    run(host, 11)
    assert [entry.at_us for entry in told(host, Said)] == [10]
    assert host.machines["a"].disk.content == {"key": 1}


def test_writes_asked_for_during_an_fsync_share_the_next():
    def write(n: int) -> Persist:
        return Persist(((f"k{n}", n),), (Emit(Said("a", str(n))),))

    script = {
        "start": lambda toy, at: [write(0), write(1), SetTimer("one", 3), SetTimer("two", 6)],
        "timer": lambda toy, at, name: [write(2 if name == "one" else 3)],
    }
    host = toy_host({"a": script})
    run(host, 100)
    assert [(entry.at_us, entry.event.what) for entry in told(host, Said)] == [
        (10, "0"),
        (10, "1"),
        (20, "2"),
        (20, "3"),
    ]


def test_a_crash_loses_what_was_not_synced_and_nothing_else():
    script = {
        "start": lambda toy, at: (
            [] if "safe" in toy.disk else [Persist((("safe", 1),)), SetTimer("later", 10)]
        ),
        "timer": lambda toy, at, name: [Persist((("lost", 2), ("safe", None)), (Emit(Said("a", "never")),))],
    }
    host = toy_host({"a": script})
    run(host, 15)
    host.kill(host.machines["a"], 0)
    [killed] = told(host, NodeKilled)
    assert killed.event.unsynced_writes == 2
    run(host, 40)
    host.restart(host.machines["a"], killed.seq)
    run(host, 100)
    assert host.machines["a"].disk.content == {"safe": 1}
    assert not told(host, Said)


def test_a_killed_machine_forgets_timers_and_mail_dies_at_its_door():
    host = toy_host(
        {
            "a": {"start": lambda toy, at: [Send("b", Note("x")), SetTimer("t", 50)]},
            "b": {"start": lambda toy, at: [SetTimer("t", 60)]},
        }
    )
    run(host, 10)
    host.kill(host.machines["b"], 0)
    run(host, 200)
    [drop] = told(host, MessageDropped)
    assert (drop.at_us, drop.event.reason) == (100, "down")
    assert chain(host, drop)[:2] == ["message-dropped", "node-killed"]


def test_a_paused_machine_keeps_mail_and_timers_in_order():
    host = toy_host(
        {
            "a": {"start": lambda toy, at: [Send("b", Note("first"))]},
            "b": {"start": lambda toy, at: [SetTimer("mid", 150)], "timer": say("rang")},
            "c": {
                "start": lambda toy, at: [SetTimer("go", 100)],
                "timer": lambda *_: [Send("b", Note("last"))],
            },
        }
    )
    run(host, 50)
    host.pause(host.machines["b"], 0)
    run(host, 500)
    assert seen(host, "b") == []
    assert [entry.event.waiting for entry in told(host, MessageHeld)] == [1, 2]
    host.resume(host.machines["b"], 0)
    assert seen(host, "b") == [(500, "a:first"), (500, "mid"), (500, "c:last")]
    assert told(host, NodeResumed)[0].event.waiting == 2
    delivered = told(host, MessageDelivered)[0]
    assert chain(host, delivered) == ["message-delivered", "message-held", "message-sent", "run-started"]


def test_a_timer_that_waiting_mail_puts_off_does_not_ring_on_resume():
    host = toy_host(
        {
            "a": {"start": lambda toy, at: [Send("b", Note("beat"))]},
            "b": {
                "start": lambda toy, at: [SetTimer("silence", 200)],
                "message": lambda *_: [SetTimer("silence", 200)],
            },
        }
    )
    run(host, 50)
    host.pause(host.machines["b"], 0)
    run(host, 1_000)
    host.resume(host.machines["b"], 0)
    run(host, 1_199)
    assert [what for _, what in seen(host, "b")] == ["a:beat"]
    run(host, 1_201)
    assert seen(host, "b")[-1] == (1_200, "silence")


def test_killing_a_paused_machine_drops_its_mail():
    host = toy_host({"a": {"start": lambda toy, at: [Send("b", Note("x"))]}})
    host.pause(host.machines["b"], 0)
    run(host, 200)
    host.kill(host.machines["b"], 0)
    [drop] = told(host, MessageDropped)
    assert drop.event.reason == "crash"
    assert chain(host, drop)[:2] == ["message-dropped", "node-killed"]


def test_a_disk_stands_still_while_its_machine_is_paused():
    persist = Persist((("k", 1),), (Emit(Said("a", "safe")),))
    host = toy_host({"a": {"start": lambda toy, at: [persist]}})
    host.pause(host.machines["a"], 0)
    run(host, 100)
    assert host.machines["a"].disk.content == {}
    host.resume(host.machines["a"], 0)
    assert host.machines["a"].disk.content == {"k": 1}
    assert [entry.at_us for entry in told(host, Said)] == [100]


def test_timers_move_cancel_and_ring_once():
    script = {
        "start": lambda toy, at: [
            SetTimer("moved-later", 10),
            SetTimer("moved-later", 30),
            SetTimer("moved-earlier", 90),
            SetTimer("moved-earlier", 20),
            SetTimer("cancelled", 5),
            CancelTimer("cancelled"),
        ]
    }
    host = toy_host({"a": script})
    run(host, 1_000)
    assert seen(host, "a") == [(20, "moved-earlier"), (30, "moved-later")]


def test_a_firing_is_an_entry_only_if_its_handler_says_something():
    script = {
        "start": lambda toy, at: [SetTimer("quiet", 1), SetTimer("loud", 2)],
        "timer": lambda toy, at, name: [Emit(Said("a", "!"))] if name == "loud" else [],
    }
    host = toy_host({"a": script})
    run(host, 10)
    assert [entry.event.name for entry in told(host, TimerFired)] == ["loud"]


def test_an_effect_nobody_knows_is_an_error():
    class Wish(Effect, frozen=True):
        pass

    with pytest.raises(TypeError, match="no effect"):
        toy_host({"a": {"start": lambda toy, at: [Wish()]}})


# Rules of cause


def test_rule_1_what_rides_in_then_is_caused_by_the_event():
    host = toy_host(
        {
            "a": {
                "start": lambda toy, at: [
                    Emit(Said("a", "so"), (Send("b", Note("x")), Emit(Said("a", "and so"))))
                ]
            }
        }
    )
    run(host, 200)
    assert chain(host, told(host, MessageDelivered)[0]) == [
        "message-delivered",
        "message-sent",
        "toy-said",
        "run-started",
    ]
    assert told(host, Said)[1].cause == told(host, Said)[0].seq


def test_rule_2_a_timer_rearmed_by_its_own_firing_keeps_its_cause():
    host = toy_host({"a": {"start": lambda toy, at: [SetTimer("tick", 7)], "timer": _tick}})
    run(host, 500)
    fired = told(host, TimerFired)
    assert len(fired) > 50
    assert {entry.cause for entry in fired} == {0}


def _watch_a() -> dict:
    return {
        "start": lambda toy, at: [SetTimer("silence", 300, "a")],
        "message": lambda toy, at, sender, m: [SetTimer("silence", 300, "a")],
        "timer": say("a is silent"),
    }


@pytest.mark.parametrize(
    ("misfortune", "expected"),
    [
        pytest.param(
            "kill", ["toy-said", "timer-fired", "node-killed", "run-started"], id="the peer was killed"
        ),
        pytest.param(
            "pause", ["toy-said", "timer-fired", "node-paused", "run-started"], id="the peer was paused"
        ),
        pytest.param(
            "cut", ["toy-said", "timer-fired", "run-started"], id="its link was cut (by entry 0, here)"
        ),
        pytest.param(
            "loss", ["toy-said", "timer-fired", "message-dropped", "message-sent"], id="its mail was lost"
        ),
        pytest.param(
            "nothing",
            ["toy-said", "timer-fired", "message-delivered", "message-sent"],
            id="nothing befell it: the last thing heard is all there is",
        ),
    ],
)
def test_rule_3_silence_is_caused_by_what_befell_the_peer(misfortune, expected):
    host = toy_host(
        {
            "a": {
                "start": lambda toy, at: [Send("b", Note("beat")), SetTimer("beat", 150)],
                "timer": lambda *_: [Send("b", Note("beat"))] if misfortune in ("cut", "loss") else [],
            },
            "b": _watch_a(),
        }
    )
    # While the first beat is on its way: what counts is when it was sent, not when it arrives.
    run(host, 50)
    if misfortune == "kill":
        host.kill(host.machines["a"], 0)
    elif misfortune == "pause":
        host.pause(host.machines["a"], 0)
    run(host, 120)
    if misfortune == "cut":
        host.network.cut("a", "b", (120, 0))
    elif misfortune == "loss":
        host.network.weather = Weather(loss_ppm=1_000_000)
    run(host, 1_000)
    [said] = told(host, Said)
    assert chain(host, said)[: len(expected)] == expected


def test_rule_4_work_that_waited_names_the_request_it_waited_for():
    waiting = []

    def on_message(toy, at, sender, message):
        waiting.append(at.cause)
        return [SetTimer("work", 500)]

    host = toy_host(
        {
            "a": {"start": lambda toy, at: [Send("b", Note("please"))]},
            "b": {"message": on_message, "timer": lambda *_: [Emit(Said("b", "done"), (), waiting[0])]},
        }
    )
    run(host, 1_000)
    [said] = told(host, Said)
    assert chain(host, said) == ["toy-said", "message-delivered", "message-sent", "run-started"]


# Authentication


def test_a_forged_message_is_refused_unread_and_counted():
    host = toy_host({"x": {}, "b": {"message": say("believed it")}})
    for _ in range(3):
        host.mail("x", "b", Note("obey"), 0, claims="a")
    run(host, 1_000)
    assert [entry.event.refused for entry in told(host, MessageRefused)] == [1, 2, 3]
    assert told(host, MessageRefused)[0].event.claims == "a"
    assert seen(host, "b") == []
    assert host.machines["b"].refused == 3


def test_an_intruder_in_its_own_name_is_delivered_as_itself():
    host = toy_host({"x": {}})
    host.mail("x", "b", Note("hi"), 0)
    run(host, 1_000)
    assert seen(host, "b") == [(100, "x:hi")]


def test_work_that_a_timer_put_off_names_the_firing_or_what_armed_it():
    kept: dict[str, int] = {}

    def on_timer(toy, at, name):
        if name == "work":
            return [Emit(Said("a", what), (), cause) for what, cause in kept.items()]
        kept[name] = at.cause
        return [Emit(Said("a", "!"))] if name == "loud" else []

    timers = [SetTimer("quiet", 1), SetTimer("loud", 2), SetTimer("work", 9)]
    host = toy_host({"a": {"start": lambda toy, at: timers, "timer": on_timer}})
    run(host, 10)
    _, quiet, loud = told(host, Said)
    assert chain(host, quiet) == ["toy-said", "run-started"]
    assert chain(host, loud) == ["toy-said", "timer-fired", "run-started"]


@pytest.mark.parametrize(
    ("misfortunes", "expected"),
    [
        pytest.param([("p", 10)], "run-started", id="one of four: a majority is left"),
        pytest.param([("p", 10), ("q", 20)], "run-started", id="two of four: a majority is left"),
        pytest.param([("p", 10), ("q", 20), ("r", 30)], "r", id="three of four: the third broke it"),
        pytest.param([("p", 10), ("q", 20), ("r", 30), ("t", 40)], "r", id="the fourth was not needed"),
    ],
)
def test_rule_3_a_lost_majority_is_caused_by_the_loss_that_broke_it(misfortunes, expected):
    peers = ("p", "q", "r", "t")
    script = {"start": lambda toy, at: [SetTimer("quorum", 100, Quorum(peers, 2))], "timer": say("alone")}
    host = toy_host({"a": script, **{peer: {} for peer in peers}})
    for peer, at_us in misfortunes:
        run(host, at_us)
        host.kill(host.machines[peer], 0)
    run(host, 200)
    [fired] = told(host, TimerFired)
    cause = host.entries[fired.cause].event
    assert getattr(cause, "node", "run-started") == expected
