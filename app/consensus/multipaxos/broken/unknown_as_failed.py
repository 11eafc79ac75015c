"""C36: a recorder of histories that takes silence for a no."""

from __future__ import annotations

from app.consensus.client import Recorder
from app.consensus.switch import Switch
from app.vocabulary.replicated import Completion


class HastyRecorder(Recorder):
    """Writes down an operation that got no answer in time as one that did not happen."""

    __slots__ = ()

    def status(self, completion: Completion) -> str:
        return "failed" if completion.status == "unknown" else completion.status


SWITCH = Switch(
    id="timed-out-recorded-as-failed",
    number="C36",
    kind="recorder",
    sentence="The history says of a command that got no answer that it did not happen.",
    source="Jepsen, the semantics of :info and :fail; knossos, data/cas-register/bad/immediate-failure.edn",
    caught_by=("linearizability",),
    plants={"recorder": HastyRecorder},
    provoked_by=("kill", "partition", "weather"),
)
