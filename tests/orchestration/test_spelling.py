"""Only what has changed is spelled out again, and nobody's picture is another's."""

from __future__ import annotations

import pickle

from app.orchestration.store.spelling import Spelling
from app.vocabulary.base import Fields


def test_one_of_many_that_changes_is_the_only_one_spelled_out_again() -> None:
    spelt: list[str] = []

    def spell(thing: tuple[str, int]) -> Fields:
        spelt.append(thing[0])
        return {"name": thing[0], "size": thing[1]}

    spelling, things = Spelling(), {f"n{number}": (f"n{number}", number) for number in range(1_523)}
    first = spelling.table("Node", things, spell)
    assert len(spelt) == 1_523

    things["n7"] = ("n7", 99)
    del things["n8"]
    spelt.clear()
    second = spelling.table("Node", things, spell)
    assert spelt == ["n7"]
    assert (second["n7"]["size"], "n8" in second, first["n7"]["size"]) == (99, False, 7)

    spelt.clear()
    spelling.table("Pod", {"n9": things["n9"]}, spell)
    assert spelt == ["n9"], "the same key of another kind"


def test_a_picture_that_is_folded_on_changes_no_later_one() -> None:
    spelling = Spelling()
    spelling.table("Pod", {"p": 1}, lambda size: {"size": size})["p"].update(size=5, more=True)
    assert spelling.table("Pod", {"p": 1}, lambda size: {"size": size}) == {"p": {"size": 1}}


def test_a_copy_of_the_world_carries_none_of_it() -> None:
    spelling = Spelling()
    spelling.table("Pod", {"p": 1}, lambda size: {"size": size})
    assert len(pickle.dumps(spelling)) == len(pickle.dumps(Spelling()))
