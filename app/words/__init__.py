"""Every sentence a person reads, by code: the Python twin of `static/src/words`."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_SLOT = re.compile(r"\{([A-Za-z0-9_]+)(?:=([a-z0-9-]+))?(?:\?([^{}]*(?:\{\}[^{}]*)*))?\}")


@functools.cache
def sentences() -> dict[str, dict[str, str]]:
    """section -> code -> template."""
    return tomllib.loads((Path(__file__).parent / "en.toml").read_text(encoding="utf-8"))


def word(section: str, code: str, fields: Mapping[str, Any] | None = None) -> str:
    """The filled sentence of a code; a code without words is shown as itself with its fields, never hidden."""
    fields = fields or {}
    template = sentences().get(section, {}).get(code)
    if template is not None:
        return fill(template, fields)
    given = ", ".join(f"{name} {show(value)}" for name, value in fields.items())
    return code.replace("-", " ") + (f": {given}" if given else "")


def fill(template: str, fields: Mapping[str, Any]) -> str:
    """`{field}` is the field; `{field?text}` is `text`, with `{}` for the field, when that is not empty.

    `{field=word?text}` is `text` when the field is that word.
    """

    def slot(match: re.Match[str]) -> str:
        name, wanted, wrapped = match.groups()
        if name not in fields:
            return match.group(0) if wrapped is None else ""
        shown = show(fields[name])
        if wanted is not None and shown != wanted:
            return ""
        return shown if wrapped is None else wrapped.replace("{}", shown, 1) if shown else ""

    return _SLOT.sub(slot, template)


def show(value: Any) -> str:
    """Any plain value, as the page writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list | tuple):
        if len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], str):
            return f"{value[0]}.{value[1]}" if value[0] else "none"
        if len(value) == 1 and isinstance(value[0], list | tuple):
            return _label(value[0])
        names = [show(part) for part in value]
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Keys of Kubernetes' default namespace are shown as kubectl shows them, by their bare names.
    return str(value).removeprefix("default/")


def _label(parts: Sequence[Any]) -> str:
    """A list inside a list: a ballot, or the label of an operation, as in `propose blue`."""
    is_ballot = len(parts) == 2 and isinstance(parts[0], int) and isinstance(parts[1], str)
    return show(parts) if is_ballot else " ".join([show(part) for part in parts])
