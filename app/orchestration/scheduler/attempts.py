"""What is kept of every try to schedule a pod."""

from __future__ import annotations

from app.orchestration.operations import Attempt
from app.orchestration.scheduler.decision import Decision
from app.orchestration.scheduler.queue import Waiting
from app.vocabulary.base import Moment
from app.vocabulary.ids import Ballot


def attempt_of(
    decision: Decision, waiting: Waiting, number: int, ballot: Ballot, at: Moment, known: tuple[Attempt, ...]
) -> Attempt:
    """The record of one cycle. Verdicts that are the same as the last time are not written again (`same_as`)."""
    nomination = decision.nomination
    rows, counts, same_as = decision.rows, decision.counts, 0
    if known and not decision.node:
        number_of = known[-1].same_as or known[-1].attempt
        for earlier in known:
            if earlier.attempt == number_of and (earlier.rows, earlier.counts) == (rows, counts):
                rows, counts, same_as = (), {}, number_of
                break
    return Attempt(
        attempt=number,
        at_us=at.wall_us,
        ballot=(ballot.round, ballot.node),
        profile=waiting.pod.scheduler_name,
        node=decision.node,
        message=decision.message,
        nodes=decision.nodes,
        feasible=decision.feasible,
        waited_us=at.now_us - waiting.since_us,
        rows=rows,
        counts=counts,
        same_as=same_as,
        ties=decision.ties,
        tied=decision.tied,
        nominated="" if nomination is None else nomination.node,
        victims=()
        if nomination is None
        else tuple((one.pod, one.node, one.priority, one.why) for one in nomination.victims),
        woke=waiting.woke,
    )
