"""A production trace for the web and the command line: what `orchestration.trace` reads, as command and machines."""

from __future__ import annotations

from msgspec import Struct

from app.orchestration import trace
from app.orchestration.trace import NodeRow, TraceError
from app.vocabulary.commands import ReplayTrace
from app.vocabulary.ids import SECOND

__all__ = ["Factors", "NodeRow", "TraceError", "read_nodes", "read_pods"]


class Factors(Struct, frozen=True):
    """What is changed about the trace; the page states it.

    gap_max_us: no gap between two arrivals is longer. compress: lifetimes are divided by it. limit: so many pods, the
    earliest first; None for all (at most 10,000).
    """

    gap_max_us: int = 2 * SECOND
    compress: int = 60
    limit: int | None = None


def read_nodes(text: str, source: str = "nodes") -> list[NodeRow]:
    """The compute machines of a trace. Raises: TraceError."""
    return list(trace.read_nodes(text, source))


def read_pods(text: str, factors: Factors, source: str = "pods") -> ReplayTrace:
    """The command that replays the pods of a trace. Raises: TraceError."""
    limit = trace.ROWS_MAX if factors.limit is None else factors.limit
    return trace.read_pods(text, limit, factors.gap_max_us, factors.compress, source).command()
