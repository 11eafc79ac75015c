"""`python -m tests.bench [NAME ...] [--json FILE]`: run the benchmarks, print the table, write the JSON beside it."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.measure import Row

BENCHES = (
    "loop", "decisions", "worlds", "recording", "frames", "search", "checking", "scheduling", "trace", "page",
)  # fmt: skip


def main() -> int:
    """Run what was asked for, all of it by default."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHES)}; all by default"
    )
    parser.add_argument("--json", type=Path, default=Path(".build/bench.json"), help="where the figures go")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHES]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHES)}")
    rows: list[Row] = []
    for name in chosen.names or BENCHES:
        gc.collect()
        fresh = importlib.import_module(f"tests.bench.{name}").run()
        rows += fresh
        for row in fresh:
            print(line(row), flush=True)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    head = {"python": platform.python_version(), "machine": platform.machine()}
    chosen.json.write_text(json.dumps(head | {"rows": [asdict(row) for row in rows]}, indent=2) + "\n")
    print(f"written to {chosen.json}")
    return 0


def line(row: Row) -> str:
    """A row of the table."""
    figure = f"{row.figure:,.0f}" if row.figure >= 100 else f"{row.figure:,.2f}"
    against = f"{row.ratio:6.2f} x {row.peer}" if row.ratio is not None else ""
    return f"{row.bench:<18} {row.what:<34} {figure:>12} {row.unit:<16} {against}"


if __name__ == "__main__":
    sys.exit(main())
