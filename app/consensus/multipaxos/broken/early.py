"""What acceptors that do not wait for their disk have in common."""

from __future__ import annotations

from app.vocabulary.effects import Effect, Emit, Persist, Send


def answered_at_once(effects: list[Effect]) -> list[Effect]:
    """The same effects, but what would be sent when the disk has the record is sent first."""
    early: list[Effect] = []
    late: list[Effect] = []
    for effect in effects:
        if isinstance(effect, Persist):
            early += _answers(effect.then)
            late.append(Persist(effect.writes, _without_answers(effect.then), effect.because))
        else:
            late.append(effect)
    return early + late


def _answers(then: tuple[Effect, ...]) -> list[Effect]:
    answers: list[Effect] = []
    for effect in then:
        if isinstance(effect, Send):
            answers.append(effect)
        elif isinstance(effect, Emit):
            answers += _answers(effect.then)
    return answers


def _without_answers(then: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(
        Emit(effect.event, _without_answers(effect.then), effect.because)
        if isinstance(effect, Emit)
        else effect
        for effect in then
        if not isinstance(effect, Send)
    )
