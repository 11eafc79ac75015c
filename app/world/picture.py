"""The picture as a fold of the log: ten generic lines, with no case per event. Its twin is static/src/history/fold.ts."""

from __future__ import annotations

from collections.abc import Iterable

from app.vocabulary.base import Change, Picture


def fold(picture: Picture, changes: Iterable[Change]) -> None:
    """Apply changes to a picture, in order: fields merge into an entity, None removes it."""
    for kind, id_, fields in changes:
        entities = picture.setdefault(kind, {})
        if fields is None:
            entities.pop(id_, None)
        else:
            entities.setdefault(id_, {}).update(fields)
