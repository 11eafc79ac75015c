"""Every sentence a person reads, by code: the Python twin of `static/src/words`."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_SLOT = re.compile(r"\{([A-Za-z0-9_]+)(?:(!?=)([a-z0-9-]+))?(?:\?([^{}]*(?:\{\}[^{}]*)*))?\}")


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

    `{field=word?text}` is `text` when the field is that word, `{field!=word?text}` when it is another.
    A number of a field in `_us` is written as a span of time, in `_ppm` in percent.
    """

    def slot(match: re.Match[str]) -> str:
        name, relation, wanted, wrapped = match.groups()
        if name not in fields:
            return match.group(0) if wrapped is None else ""
        shown = show(_amount(name, fields[name]))
        if wanted is not None and (shown == wanted) != (relation == "="):
            return ""
        return shown if wrapped is None else wrapped.replace("{}", shown, 1) if shown else ""

    return _SLOT.sub(slot, template)


def _amount(name: str, value: Any) -> Any:
    """A number with the unit that its field's name says, as people write it: `1.5 s`, `30 %`."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if name.endswith("_ppm"):
        return f"{value / 10_000:.4f}".rstrip("0").rstrip(".") + " %"
    return ("-" if value < 0 else "") + span_text(abs(value)) if name.endswith("_us") else value


def span_text(us: int) -> str:
    """A span of virtual time in the unit that reads best: `80 ms`, `1.9 s`, `3 min 5 s`."""
    if us < 1_000:
        return f"{us} µs"
    if us < 999_500:
        return f"{(us + 500) // 1_000} ms"
    if us < 9_950_000:
        return f"{(us + 50_000) // 100_000 / 10:.1f} s"
    seconds = (us + 500_000) // 1_000_000
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


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


def kind_of(value: Any) -> str:
    """What a value of JSON is, in words."""
    kinds = {
        type(None): "null",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
    }
    return kinds.get(type(value), "an object")


def _label(parts: Sequence[Any]) -> str:
    """A list inside a list: a ballot, or the label of an operation, as in `propose blue`."""
    is_ballot = len(parts) == 2 and isinstance(parts[0], int) and isinstance(parts[1], str)
    return show(parts) if is_ballot else " ".join([show(part) for part in parts])
