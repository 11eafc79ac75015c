"""The fold, as in `app/world/picture.py`: this room's tests stand without the world."""

from __future__ import annotations

from typing import Any

from app.vocabulary.base import Changes


def fold(picture: dict[str, dict[str, Any]], changes: Changes) -> None:
    for kind, identity, fields in changes:
        entities = picture.setdefault(kind, {})
        if fields is None:
            entities.pop(identity, None)
        else:
            entities.setdefault(identity, {}).update(fields)
