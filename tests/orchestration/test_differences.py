"""What DIFFERENCES.md says of fields is what the readers of manifests do. With `--rewrite` it is written anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from app.orchestration.fields import VOLUMES, Level
from app.orchestration.manifests import READERS

DIFFERENCES = Path(__file__).parents[2] / "app" / "orchestration" / "DIFFERENCES.md"


def inside(reader: Any, path: str, seen: list[Level]) -> Iterator[tuple[str, Level]]:
    """Every level that a reader leads to, once, by the first path there is to it."""
    if isinstance(reader, Level):
        if not any(level is reader for level in seen):
            seen.append(reader)
            yield path, reader
            for field, inner in reader.read.items():
                yield from inside(inner, f"{path}.{field}", seen)
    elif isinstance(reader, FunctionType) and reader.__module__.startswith("app.orchestration"):
        within = [cell.cell_contents for cell in reader.__closure__ or ()]
        named = [reader.__globals__.get(name) for name in reader.__code__.co_names]
        for part in (*within, *named):
            if isinstance(part, Level | FunctionType) and part is not reader:
                yield from inside(part, path, seen)


def levels() -> list[tuple[str, Level]]:
    """Pod and Job first, so that what is of them is called so."""
    seen: list[Level] = []
    kinds = sorted(READERS, key=lambda pair: (pair[1] != "Pod", pair[1] != "Job", pair[1]))
    return [found for pair in kinds for found in inside(READERS[pair], pair[1], seen)]


def table() -> str:
    rows = ["| where | refused, with a sentence | taken, without effect |", "|---|---|---|"]
    for path, level in levels():
        refused = sorted(level.refused - VOLUMES) + (
            ["storage (see above)"] if level.refused & VOLUMES else []
        )
        harmless = sorted(level.harmless - {"status"})
        if refused or harmless:
            # Volumes have a level of their own beside that of the spec.
            shown = f"{path}.volumes" if "emptyDir" in harmless else path.replace("Pod.metadata", "metadata")
            rows.append(f"| `{shown}` | {words(refused)} | {words(harmless)} |")
    return "\n".join(rows)


def words(fields: list[str]) -> str:
    return ", ".join(field if " " in field else f"`{field}`" for field in fields)


def kinds() -> str:
    return ", ".join(f"`{kind}` ({version})" for version, kind in sorted(READERS, key=lambda pair: pair[1]))


@pytest.mark.parametrize(("part", "made"), [("fields", table()), ("kinds", kinds())])
def test_generated_part_is_fresh(part: str, made: str, request: pytest.FixtureRequest) -> None:
    text = DIFFERENCES.read_text()
    pattern = re.compile(f"(<!-- {part} -->\n).*?(<!-- /{part} -->)", re.DOTALL)
    fresh, count = pattern.subn(lambda found: f"{found[1]}{made}\n{found[2]}", text)
    assert count == 1, f"DIFFERENCES.md has no part {part}"
    if request.config.getoption("--rewrite"):
        DIFFERENCES.write_text(fresh)
    else:
        assert text == fresh, f"part {part} of DIFFERENCES.md is stale; run this test with --rewrite"


def test_the_walk_finds_the_levels_inside() -> None:
    paths = [path for path, _ in levels()]
    for path in (
        "Pod.spec",
        "Pod.spec.containers.resources",
        "Job.spec.podFailurePolicy",
        "StatefulSet.spec",
    ):
        assert path in paths
