"""Pasted YAML -> the command `SubmitManifest`, with sentences that name the line. For the web and the command line.

The core takes parsed documents only (as JSON text): what YAML means is settled here, once, before a command is recorded.
JSON is YAML, so a manifest that was through here already comes out the same.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from app.orchestration.fields import ManifestError
from app.orchestration.manifests import MANIFEST_MAX, objects_of_text
from app.vocabulary.base import Refused
from app.vocabulary.commands import SubmitManifest

VALUES_MAX = 20_000
"""Values in a manifest, repeats by alias included."""

Where = tuple[str | int, ...]
_PLAIN = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class ManifestTextError(ValueError):
    """The text is no YAML, or its objects cannot be taken. refused: why, with `line` among the fields."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def manifest_command(text: str) -> SubmitManifest:
    """The command that submits these documents. Raises ManifestTextError when they cannot be taken."""
    documents, lines = _documents(text)
    manifest = json.dumps(documents, ensure_ascii=False, separators=(",", ":"))
    try:
        objects_of_text(manifest)
    except ManifestError as error:
        fields = error.refused.fields
        line = _line(str(fields.get("where", "")), lines)
        raise ManifestTextError(Refused(error.refused.code, {**fields, "line": line})) from None
    return SubmitManifest(manifest)


def canonical_manifest(text: str) -> str:
    """The documents of a YAML text as one JSON list. Raises ManifestTextError when it is no YAML."""
    return json.dumps(_documents(text)[0], ensure_ascii=False, separators=(",", ":"))


def _documents(text: str) -> tuple[list[Any], dict[Where, int]]:
    """All documents, and the line of each value by (document, field ...)."""
    if len(text) > MANIFEST_MAX:
        fields: dict[str, str | int] = {
            "where": "manifest",
            "length": len(text),
            "high": MANIFEST_MAX,
            "line": 1,
        }
        raise ManifestTextError(Refused("manifest-too-long", fields))
    try:
        reader = _Reader(text)
        try:
            return reader.documents(), reader.lines
        finally:
            reader.loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        raise _not_yaml(mark.line + 1 if mark else 1, problem) from None
    except yaml.YAMLError as error:
        raise _not_yaml(1, " ".join(str(error).split())) from None
    except RecursionError:
        raise _not_yaml(1, "nested too deeply") from None


class _Reader:
    """YAML nodes -> JSON values, remembering lines. Dates stay text; aliases are counted as often as they stand."""

    def __init__(self, text: str) -> None:
        self.loader = yaml.SafeLoader(text)
        self.lines: dict[Where, int] = {}
        self.values = 0

    def documents(self) -> list[Any]:
        """The documents that are not empty; the items of a list at the top are documents of their own."""
        found: list[Any] = []
        while self.loader.check_node():
            node: Any = self.loader.get_node()
            items = node.value if isinstance(node, yaml.SequenceNode) else [node]
            for item in items:
                value = self.value(item, (len(found),))
                if value is not None:
                    found.append(value)
        return found

    def value(self, node: yaml.Node, where: Where) -> Any:
        """One value; `where` begins with the number of its document."""
        line = node.start_mark.line + 1
        self.lines.setdefault(where, line)
        self.values += 1
        if self.values > VALUES_MAX or len(where) > 40:
            raise _not_yaml(line, f"more than {VALUES_MAX:,} values, or nested too deeply")
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN:
            raise _not_yaml(line, f"the tag {node.tag[:60]} is not taken")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _not_yaml(line, "a field's name must be text")
            key = str(key_node.value)
            if key in found:
                raise _not_yaml(line, f"{key} is given twice")
            self.lines[(*where, key)] = line
            found[key] = self.value(value_node, (*where, key))
        return found

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        try:
            value = self.loader.construct_object(node)
        except (ValueError, KeyError):
            raise _not_yaml(line, f"{str(node.value)[:40]!r} is no value") from None
        if isinstance(value, bytes):
            raise _not_yaml(line, "binary values are not taken")
        if isinstance(value, float) and not abs(value) < float("inf"):
            raise _not_yaml(line, f"{node.value} is no number")
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise _not_yaml(line, f"{str(node.value)[:40]} is too large a number; 64 bits are the most")
        return value


def _not_yaml(line: int, problem: str) -> ManifestTextError:
    return ManifestTextError(Refused("manifest-not-yaml", {"line": line, "problem": problem[:200]}))


def _line(where: str, lines: dict[Where, int]) -> int:
    """The line of "document 2: spec.template.spec.containers[0].name", or of the nearest thing around it."""
    head = re.match(r"document (\d+): ", where)
    path: Where = (int(head[1]) - 1 if head else 0,)
    rest = where[head.end() :] if head else where
    while rest:
        # Annotation and resource names hold dots: take the longest name that stands there.
        for end in range(len(rest), 0, -1):
            inner = re.fullmatch(r"\[(?:(\d+)|(.*))\]", rest[:end])
            name: str | int = rest[:end] if inner is None else int(inner[1]) if inner[1] else inner[2]
            if (*path, name) in lines:
                path = (*path, name)
                rest = rest[end:].removeprefix(".")
                break
        else:
            break
    return lines.get(path, 1)
