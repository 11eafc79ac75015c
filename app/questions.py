"""What is asked about the pods of a recorded run at an instant: a worker process folds the picture and answers."""

from __future__ import annotations

from itertools import islice
from typing import Any

import msgspec

from app.history.archive import StoredRun
from app.service import RefusedError, Synod
from app.words import word

Plain = dict[str, Any]


def why(synod: Synod, run: str, namespace: str, name: str, at_seq: int | None) -> Plain:
    """Why a pod is where it is, or nowhere, at an entry; None: the last. Raises: RefusedError, WorkerFailed."""
    stored, seq, at_us, shown = _picture(synod, run, at_seq)
    pod = f"{namespace}/{name}"
    told = synod.experiments.usher().submit("why", scenario=stored.scenario_text, pod=pod, **shown).result()
    if told is None:
        raise RefusedError("pod-unknown", 404, run=run, pod=pod, seq=seq)
    return {"run": run, "seq": seq, "at_us": at_us, **worded(told)}


def worded(told: Plain) -> Plain:
    """The answer with its sentences."""
    suggestions = [{**one, "sentence": advice(one)} for one in told["suggestions"]]
    return {**told, "sentence": word("why", told["state"], told), "suggestions": suggestions}


def advice(one: Plain) -> str:
    """The sentence of a suggestion; one of several steps names them all."""
    if one["code"] != "together":
        return word("advice", one["code"], one["fields"])
    steps = [advice(step) for step in one["fields"]["steps"]]
    return word("advice", "together", {"steps": ", and ".join(steps)})


def balance(synod: Synod, run: str, at_seq: int | None) -> Plain:
    """How well pods are placed at an entry; None: the last. Raises: RefusedError, WorkerFailed."""
    _, seq, at_us, shown = _picture(synod, run, at_seq)
    told = synod.experiments.usher().submit("balance", at_us=at_us, **shown).result()
    return {"run": run, "seq": seq, "at_us": at_us, **told}


def _picture(synod: Synod, run: str, at_seq: int | None) -> tuple[StoredRun, int, int, Plain]:
    """(run, seq, time of that entry, what makes the picture at it). Raises: RefusedError."""
    stored = synod.settle(run)
    seq = stored.head_seq if at_seq is None else at_seq
    if not stored.first_seq <= seq <= stored.head_seq:
        raise RefusedError("seq-unknown", 404, run=run, seq=seq, last=stored.head_seq)
    kept = synod.reader.keyframe(run, seq)
    if kept.seq < stored.first_seq - 1:
        raise RefusedError("picture-trimmed", 409, run=run, seq=seq)
    wires = list(islice(synod.reader.wires(run, kept.seq + 1), seq - kept.seq))
    at_us = int(msgspec.msgpack.decode(wires[-1])[1]) if wires else kept.at_us
    return stored, seq, at_us, {"view": kept.view, "wires": wires}
