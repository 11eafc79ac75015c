"""House rules that no linter knows: sizes, tracked text that names a machine, and a README at every door."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 400
GENERATED = re.compile(r"\.gen\.ts$|(^|/)package-lock\.json$|^requirements[a-z-]*\.txt$")

CORE = ("checking", "consensus", "faults", "orchestration", "simulation", "vocabulary", "world")
# Besides the standard library and msgspec, by module: PyYAML is pure text to plain data, so it harms no determinism.
IN_ARRAYS = ("app.orchestration.scheduler.vectorised",)
CORE_MAY_IMPORT = {
    "yaml": ("app.orchestration",),
    "random": ("app.simulation.randomness",),
    "numpy": IN_ARRAYS,
}
BLIND_TO = {
    "asyncio",
    "concurrent",
    "datetime",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "select",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "uuid",
    "zoneinfo",
}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, the docstring not counted: saying more must never cost a split."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def test_functions_are_short() -> None:
    long = [
        f"{relative(path)}:{node.lineno} {node.name}: {code_lines(node)} lines"
        for path in python_files("app")
        for node in functions(ast.parse(path.read_text()))
        if code_lines(node) > FUNCTION_LINES_MAX
    ]
    assert not long, f"functions of more than {FUNCTION_LINES_MAX} lines:\n" + "\n".join(long)


def test_modules_are_short() -> None:
    front_end = [path for path in tracked_files() if relative(path).startswith("static/src/")]
    sources = python_files("app") + [
        path
        for path in front_end
        if path.suffix in {".ts", ".svelte", ".css"} and not GENERATED.search(relative(path))
    ]
    sizes = {path: len(path.read_text().splitlines()) for path in sources}
    long = [f"{relative(path)}: {size} lines" for path, size in sizes.items() if size > MODULE_LINES_MAX]
    assert not long, f"modules of more than {MODULE_LINES_MAX} lines (split them by idea):\n" + "\n".join(
        long
    )


def test_every_room_has_a_readme() -> None:
    rooms = [path for path in sorted((ROOT / "app").iterdir()) if path.is_dir() and any(path.glob("*.py"))]
    missing = [relative(room) for room in rooms if not (room / "README.md").is_file()]
    assert not missing, (
        f"rooms without a README.md (what, may import, must not, start reading at): {', '.join(missing)}"
    )


# Written in pieces, so that this file does not find itself.
FORBIDDEN_TEXT = {
    "an absolute path of somebody's machine": re.compile(r"(?<![\w.<:/])/(?:" + "work|root|ho" + r"me)/\w"),
    "the host of a package registry": re.compile(
        "registry" + r"\.npmjs|pypi" + r"\.org|files\.python" + "hosted"
    ),
    "a download address in a lock file": re.compile('"resolved"' + r': "http'),
    "an index in a lock file": re.compile(r"^--(?:extra-)?" + r"index-url|^--find" + "-links", re.MULTILINE),
}


@pytest.mark.parametrize("what", FORBIDDEN_TEXT)
def test_tracked_files_name_no_machine(what: str) -> None:
    pattern = FORBIDDEN_TEXT[what]
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{relative(path)}: {match.group()!r}" for match in pattern.finditer(text)]
    assert not found, f"{what} stands in tracked files:\n" + "\n".join(found[:20])


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module == "app":
            for alias in node.names:
                yield node.lineno, f"app.{alias.name}"
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.lineno, node.module


def core_may_import(importer: str, imported: str) -> bool:
    top = imported.partition(".")[0]
    if any(importer == place or importer.startswith(place + ".") for place in CORE_MAY_IMPORT.get(top, ())):
        return True
    if top == "app":
        return imported.split(".")[1:2] in [[room] for room in CORE]
    return top == "msgspec" or (top in sys.stdlib_module_names and top not in BLIND_TO)


def test_core_imports_the_standard_library_and_msgspec_alone() -> None:
    """import-linter forbids what is known to harm; this allows only what is known not to."""
    found = []
    for path in python_files(*(f"app/{room}" for room in CORE)):
        importer = relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found += [
            f"{relative(path)}:{line} imports {name}"
            for line, name in imported_modules(ast.parse(path.read_text()))
            if not core_may_import(importer, name)
        ]
    assert not found, "the core imports what it must not know:\n" + "\n".join(found)


def test_a_protocol_is_known_by_its_spec_alone() -> None:
    """One folder, one line in `PROTOCOLS`: the world, the faults and all above them read its `ProtocolSpec`."""
    folders = tuple(
        f"app.consensus.{path.parent.name}" for path in (ROOT / "app/consensus").glob("*/__init__.py")
    )
    assert len(folders) >= 2
    found = [
        f"{relative(path)}:{line} imports {name}"
        for path in python_files("app")
        if not relative(path).startswith("app/consensus/")
        for line, name in imported_modules(ast.parse(path.read_text()))
        if name.startswith(folders)
    ]
    assert not found, "a protocol is imported past its spec:\n" + "\n".join(found)
