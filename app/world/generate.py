"""Writes what the page knows of the core, from the core: `python -m app.world.generate`.

static/src/wire/events.gen.ts: fields, interfaces and landmarks of events, and the commands, from their structs.
static/src/wire/faults.gen.ts: what there is to break, and the form of each, from app/faults.
static/src/words/en.gen.ts:    the sentences of app/words/en.toml.
"""

from __future__ import annotations

import json
import sys
import tomllib
import types
import typing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from app.faults import FAULTS
from app.world.registry import COMMANDS, EVENTS, LANDMARKS

ROOT = Path(__file__).parents[2]
EVENTS_TS = ROOT / "static" / "src" / "wire" / "events.gen.ts"
FAULTS_TS = ROOT / "static" / "src" / "wire" / "faults.gen.ts"
WORDS_TS = ROOT / "static" / "src" / "words" / "en.gen.ts"
WORDS = ROOT / "app" / "words" / "en.toml"

_PLAIN = {int: "number", float: "number", str: "string", bool: "boolean", type(None): "null", Any: "unknown"}


def ts_type(hint: Any) -> str:
    """The TypeScript type of what a Python type becomes on the wire. Raises TypeError for one it does not know."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(ts_type(argument) for argument in arguments))
    if origin is typing.Annotated:
        return ts_type(arguments[0])
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return f"readonly {_grouped(ts_type(arguments[0]))}[]"
    if origin is tuple:
        return f"readonly [{', '.join(ts_type(argument) for argument in arguments)}]"
    if origin is list:
        return f"readonly {_grouped(ts_type(arguments[0]))}[]"
    if origin is dict:
        return f"Readonly<Record<string, {ts_type(arguments[1])}>>"
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct(hint)
    raise TypeError(f"no TypeScript type for {hint!r}")


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text


def _struct(kind: type[Struct]) -> str:
    config = kind.__struct_config__
    hints = typing.get_type_hints(kind, include_extras=True)
    shown = [(field.encode_name, ts_type(hints[field.name])) for field in msgspec.structs.fields(kind)]
    if config.array_like:
        tag = [f"tag: '{config.tag}'"] if config.tag is not None else []
        return f"readonly [{', '.join(tag + [f'{name}: {text}' for name, text in shown])}]"
    return f"{{ {'; '.join(f'{name}: {text}' for name, text in shown)} }}"


def _summary(kind: type[Struct]) -> str:
    return (kind.__doc__ or "").strip().split("\n")[0]


def _interface(name: str, kind: type[Struct], type_line: str, doc: str) -> list[str]:
    hints = typing.get_type_hints(kind, include_extras=True)
    lines = [f"/** {doc} */", f"export interface {name} {{", type_line]
    for field in msgspec.structs.fields(kind):
        optional = "" if field.required or type_line == _NO_TYPE else "?"
        lines.append(f"  {field.encode_name}{optional}: {ts_type(hints[field.name])};")
    return [line for line in lines if line] + ["}"]


_NO_TYPE = ""
_HEADER = "// Generated from {source} by `python -m app.world.generate`. Do not edit."


def events_ts() -> str:
    """The text of events.gen.ts."""
    lines = [_HEADER.format(source="the structs of the core"), ""]
    lines.append(
        "/** The names of an event's fields, in the order in which they follow its tag on the wire. */"
    )
    lines.append("export const FIELDS: Record<string, readonly string[]> = {")
    for tag in sorted(EVENTS):
        names = ", ".join(f"'{name}'" for name in EVENTS[tag].__struct_fields__)
        lines.append(f"  '{tag}': [{names}],")
    lines += ["};", "", "/** Tags of the events that a person would look for. */"]
    lines.append("export const LANDMARKS: readonly string[] = [")
    lines += [f"  '{tag}'," for tag in sorted(LANDMARKS)]
    lines += ["];", ""]
    for tag in sorted(EVENTS):
        kind = EVENTS[tag]
        lines += [*_interface(f"{kind.__name__}Event", kind, _NO_TYPE, _summary(kind)), ""]
    lines.append("/** What each event's fields are, by its tag. */")
    lines.append("export interface EventFields {")
    lines += [f"  '{tag}': {EVENTS[tag].__name__}Event;" for tag in sorted(EVENTS)]
    lines += ["}", ""]
    for tag in sorted(COMMANDS):
        kind_line = f"  type: '{tag}';"
        command = COMMANDS[tag]
        lines += [*_interface(f"{command.__name__}Command", command, kind_line, _summary(command)), ""]
    lines.append("export type Command =")
    lines += [f"  | {COMMANDS[tag].__name__}Command" for tag in sorted(COMMANDS)]
    lines[-1] += ";"
    lines += ["", "/** The fields of every command, by its type. */"]
    lines.append("export const COMMANDS: Record<string, readonly string[]> = {")
    for tag in sorted(COMMANDS):
        names = ", ".join(f"'{name}'" for name in COMMANDS[tag].__struct_fields__)
        lines.append(f"  '{tag}': [{names}],")
    return "\n".join([*lines, "};", "", *_asks(), ""])


def _asks() -> list[str]:
    """What a machine that plays a part can be asked for, beside the machine itself."""
    lines = ["/** What can be asked of a machine that plays a part: the texts wanted beside `node`. */"]
    lines.append("export const ASKS: readonly { type: string; part: string; texts: readonly string[] }[] = [")
    for tag, command in sorted(COMMANDS.items()):
        if command.PART:
            texts = ", ".join([f"'{name}'" for name in command.__struct_fields__ if name != "node"])
            lines.append(f"  {{ type: '{tag}', part: '{command.PART}', texts: [{texts}] }},")
    return [*lines, "];"]


_FAULTS_HEAD = """
export interface FormField {
  name: string;
  kind: string;
  default: string | number | boolean;
  low: number;
  high: number;
  choices: readonly string[];
}

/**
 * group: where a palette lists it.
 * begin, end: types of commands; end is null for what passes by itself, 'end-fault' takes the id of the entity "fault", and
 * what ends by its own begin is undone by the same fields, those that may be negative with the other sign.
 * model: whether the protocol promises to bear it: 'inside', 'outside', or 'depends' on settings and other faults.
 * band: colour token. sentence: tag of the event that tells of it. form: the fields of `begin`, in order.
 */
export interface FaultInfo {
  name: string;
  group: string;
  begin: string;
  end: string | null;
  model: 'inside' | 'outside' | 'depends';
  band: string;
  sentence: string;
  form: readonly FormField[];
}
"""


def faults_ts() -> str:
    """The text of faults.gen.ts."""
    lines = [
        _HEADER.format(source="app/faults"),
        _FAULTS_HEAD,
        "export const FAULTS: readonly FaultInfo[] = [",
    ]
    for fault in FAULTS:
        shown = {
            "name": fault.name,
            "group": fault.group,
            "begin": str(fault.begin.command.__struct_config__.tag),
            "end": fault.end_tag,
            "model": fault.model_shown,
            "band": fault.band,
            "sentence": fault.sentence,
            "form": [msgspec.to_builtins(field) for field in fault.form],
        }
        lines.append(f"  {json.dumps(shown, ensure_ascii=False)},")
    return "\n".join([*lines, "];", ""])


def words_ts() -> str:
    """The text of en.gen.ts."""
    words = tomllib.loads(WORDS.read_text("utf-8"))
    body = json.dumps(words, ensure_ascii=False, indent=2)
    header = _HEADER.format(source="app/words/en.toml")
    return f"{header}\nexport const WORDS: Record<string, Record<string, string>> = {body};\n"


def outputs() -> dict[Path, str]:
    """Every generated file and its text."""
    return {EVENTS_TS: events_ts(), FAULTS_TS: faults_ts(), WORDS_TS: words_ts()}


def main() -> None:
    """Write what is out of date."""
    for path, text in outputs().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
