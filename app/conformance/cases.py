"""Files of cases: `{"cases": [...]}`, or the bare list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from app.words import kind_of


class BadFile(ValueError):
    """A path or file that holds no cases; the message is one sentence that names it."""


class Case(Struct, frozen=True):
    """One question and its answer.

    subject: the plug-in or the area of a controller. point: the extension point, or "".
    body:    all that the case gives, as plain data: nodes, pods, args, input.
    """

    id: str
    subject: str
    point: str
    expected: dict[str, Any]
    body: dict[str, Any]

    @property
    def noted(self) -> bool:
        """A later release answers otherwise, and either answer is right."""
        return bool(self.body.get("version_note"))

    @property
    def args(self) -> dict[str, Any]:
        """The arguments of the plug-in."""
        return dict(self.body.get("args") or {})

    @property
    def input(self) -> dict[str, Any]:
        """What a controller is given."""
        return dict(self.body.get("input") or {})


def load(paths: Iterable[str]) -> list[Case]:
    """The cases of files, and of all *.json files in folders, in the order of the paths and of their names.

    A file that holds values and no cases (an object with a "note") is passed over.
    Raises: BadFile, also when there is not one case.
    """
    given = tuple(paths)
    files = [file for path in given for file in _files(Path(path))]
    cases = [case for file in files for case in _cases(file)]
    if not cases:
        raise BadFile(f"There are no cases in {', '.join(repr(path) for path in given)}.")
    return cases


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.rglob("*.json"))
    if not files:
        raise BadFile(f"The folder {str(path)!r} holds no *.json files.")
    return files


def _cases(path: Path) -> Iterator[Case]:
    content = _content(path)
    if isinstance(content, dict) and "cases" not in content and isinstance(content.get("note"), str):
        return
    listed = content.get("cases") if isinstance(content, dict) else content
    if not isinstance(listed, list):
        raise BadFile(f'{str(path)!r} holds no cases; allowed is {{"cases": [...]}} or a list of cases.')
    for number, raw in enumerate(listed):
        yield _case(raw, f"{str(path)!r}, case {number}")


def _content(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise BadFile(f"{str(path)!r} is not UTF-8 text.") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadFile(f"{str(path)!r} is no JSON: {error}.") from None


def _case(raw: Any, where: str) -> Case:
    if not isinstance(raw, dict):
        raise BadFile(f"{where} is {kind_of(raw)}; a case is an object.")
    subject = raw.get("plugin") or raw.get("area")
    if not isinstance(subject, str):
        raise BadFile(f"{where} names neither a plugin nor an area.")
    if not isinstance(raw.get("id"), str):
        raise BadFile(f"{where} has no id, which is a text.")
    if not isinstance(raw.get("expected"), dict):
        raise BadFile(f"{where} ({raw['id']}) has no expected, which is an object.")
    for name in ("args", "input"):
        if not isinstance(raw.get(name) or {}, dict):
            raise BadFile(f"{where} ({raw['id']}) has {name} that are no object.")
    point = raw.get("extension_point") or ""
    return Case(raw["id"], subject, str(point), raw["expected"], raw)
