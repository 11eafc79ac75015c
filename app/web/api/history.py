"""What was recorded: entries, keyframes, landmarks, verdicts."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from flask import Response, jsonify, make_response, request

from app.history.reader import Wanted
from app.service import RefusedError, Synod
from app.web.api import blueprint
from app.web.api.models import (
    EntriesQuery,
    EntryPage,
    KeyframeQuery,
    Landmarks,
    LandmarksQuery,
    RunPath,
    Verdicts,
)
from app.words import word

MSGPACK = "application/msgpack"
PACKED = {"schema": {"type": "string", "format": "binary"}}


def history_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("history", "What was recorded: entries, keyframes, landmarks, verdicts.")

    @api.get("/runs/<run>/entries", responses={200: ENTRIES_ANSWER})
    def list_entries(path: RunPath, query: EntriesQuery) -> Response:
        """Entries in order, filtered; as JSON by names, or (Accept: application/msgpack) an array of wire entries."""
        synod.settle(path.run)
        tags = tuple(filter(None, query.type.split(",")))
        unknown = [tag for tag in tags if tag not in field_names()]
        if unknown:
            raise RefusedError("entry-type-unknown", 422, type=unknown[0])
        bounds = (query.from_seq, query.to_seq, query.from_us, query.to_us)
        found, following = synod.reader.entries(path.run, Wanted(*bounds, tags, query.node), query.limit)
        if request.accept_mimetypes.best_match(["application/json", MSGPACK]) == MSGPACK:
            answer = packed(found)
            if following is not None:
                answer.headers["X-Next"] = str(following)
            return answer
        return jsonify(entries=[named(entry) for entry in found], next=following)

    @api.get("/runs/<run>/keyframe", responses={200: {"content": {MSGPACK: PACKED}}})
    def get_keyframe(path: RunPath, query: KeyframeQuery) -> Response:
        """MessagePack {seq, at_us, digest, view}: the picture after entry seq; seq -1 is before the first."""
        synod.settle(path.run)
        kept = synod.reader.keyframe(path.run, query.seq, query.at_us)
        body = {"seq": kept.seq, "at_us": kept.at_us, "digest": kept.digest, "view": msgspec.Raw(kept.view)}
        return packed(body)

    return api


def marks_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("marks", "What to look at in a run: landmarks and verdicts.")

    @api.get("/runs/<run>/landmarks", responses={200: Landmarks})
    def list_landmarks(path: RunPath, query: LandmarksQuery) -> Response:
        """The entries a person would look for."""
        synod.settle(path.run)
        found = synod.reader.landmarks(path.run, query.kind, query.node, query.after_seq, query.limit)
        return jsonify(landmarks=found)

    @api.get("/runs/<run>/verdicts", responses={200: Verdicts})
    def list_verdicts(path: RunPath) -> Response:
        """What the checkers say about this run."""
        synod.settle(path.run)
        found = synod.reader.verdicts(path.run)
        return jsonify(verdicts=[{**v, "sentence": word("verdict", v["code"], v["fields"])} for v in found])

    return api


ENTRIES_ANSWER: dict[str, Any] = {
    "content": {
        "application/json": {"schema": EntryPage.model_json_schema()},
        MSGPACK: PACKED,
    }
}


def packed(body: Any) -> Response:
    """An answer in MessagePack."""
    answer = make_response(msgspec.msgpack.encode(body))
    answer.content_type = MSGPACK
    return answer


@functools.cache
def field_names() -> dict[str, tuple[str, ...]]:
    """tag -> names of the event's fields."""
    from app.world.registry import EVENTS

    return {tag: kind.__struct_fields__ for tag, kind in EVENTS.items()}


def named(entry: list[Any]) -> dict[str, Any]:
    """A wire entry by names. Fields of an event that this code does not know are called by their place."""
    seq, at_us, cause, (tag, *values), _changes = entry
    names = field_names().get(tag, ())
    names += tuple(f"field_{place}" for place in range(len(names), len(values)))
    return {**dict(zip(names, values, strict=False)), "seq": seq, "at_us": at_us, "cause": cause, "type": tag}
