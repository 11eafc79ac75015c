"""The scheduling cycle: filter, score, choose. Pods of equal shape share verdicts; only changed nodes are judged again."""

from __future__ import annotations

from heapq import nlargest
from typing import Any

from msgspec import Struct

from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo

SHAPES_MAX = 64
"""Verdict tables kept, least recently used dropped first."""

TOP = 10
"""Rows kept with a binding when there are too many nodes for all."""


class Weighted(Struct, frozen=True):
    """A score plug-in with its weight in the sum."""

    plugin: Any
    weight: int


class Profile(Struct, frozen=True):
    """Which plug-ins run, in which order."""

    filters: tuple[Any, ...]
    scores: tuple[Weighted, ...]


class Decision(Struct, frozen=True):
    """What one cycle found.

    node: where to, or "" (then `message` is Kubernetes' sentence). feasible: how many nodes fitted.
    rows, counts: see `operations.Placement`.
    """

    node: str
    feasible: int
    nodes: int
    message: str = ""
    rows: tuple[Any, ...] = ()
    counts: dict[str, int] = {}


class Verdicts:
    """What the plug-ins say of every node for one shape of pod.

    reasons[i]: None where the pod fits. totals[i]: weighted sum, -1 where it does not fit; the normalised plug-ins are in it
    with 100 each, which is right as long as all their raw scores are zero. scores[i], raws[i]: per plug-in.
    """

    __slots__ = ("layout", "names", "position", "raws", "reasons", "scores", "totals", "where")

    def __init__(self, cache: SchedulerCache, profile: Profile) -> None:
        self.layout = cache.layout
        self.position = len(cache.journal)
        self.names = list(cache.nodes)
        self.where = {name: i for i, name in enumerate(self.names)}
        size = len(self.names)
        self.reasons: list[tuple[str, ...] | None] = [None] * size
        self.totals = [-1] * size
        self.scores: list[tuple[int, ...]] = [()] * size
        self.raws = [0] * size


class Scheduler:
    """Chooses nodes for pods; proposes nothing itself."""

    def __init__(self, cache: SchedulerCache, profile: Profile, verdict_rows: int) -> None:
        self.cache = cache
        self.profile = profile
        self.verdict_rows = verdict_rows
        self._tables: dict[bytes, Verdicts] = {}

    def __getstate__(self) -> dict[str, Any]:
        # Verdict tables can be computed again from the cache, and are most of the bytes: a copy goes without them.
        return {**self.__dict__, "_tables": {}}

    def choose(self, pod: PodInfo) -> Decision:
        """One scheduling cycle. Ties go to the first node in the order of names."""
        table = self._table(pod)
        if not table.names:
            return Decision("", 0, 0, "no nodes available to schedule pods")
        totals = self._normalised(table) if any(table.raws) else table.totals
        best = max(totals)
        if best < 0:
            return Decision("", 0, len(totals), _message(table))
        rows, counts = self._explain(table, totals)
        feasible = len(totals) - totals.count(-1)
        return Decision(table.names[totals.index(best)], feasible, len(totals), "", rows, counts)

    def _table(self, pod: PodInfo) -> Verdicts:
        shape = pod.shape
        table = self._tables.pop(shape, None)
        cache = self.cache
        if table is None or table.layout != cache.layout:
            table = Verdicts(cache, self.profile)
            for i, node in enumerate(cache.nodes.values()):
                self._judge(pod, node, table, i)
        elif table.position < len(cache.journal):
            for name in dict.fromkeys(cache.journal[table.position :]):
                self._judge(pod, cache.nodes[name], table, table.where[name])
            table.position = len(cache.journal)
        self._tables[shape] = table
        if len(self._tables) > SHAPES_MAX:
            del self._tables[next(iter(self._tables))]
        return table

    def _judge(self, pod: PodInfo, node: NodeInfo, table: Verdicts, i: int) -> None:
        for plugin in self.profile.filters:
            status = plugin.filter(pod, node)
            if status is not None:
                table.reasons[i], table.totals[i], table.scores[i], table.raws[i] = status.reasons, -1, (), 0
                return
        total, raw, scores = 0, 0, []
        for weighted in self.profile.scores:
            score = weighted.plugin.score(pod, node)
            scores.append(score)
            if weighted.plugin.normalised:
                raw += score
                score = SCORE_MAX
            total += weighted.weight * score
        table.reasons[i], table.totals[i], table.scores[i], table.raws[i] = None, total, tuple(scores), raw

    def _normalised(self, table: Verdicts) -> list[int]:
        """Totals where a plug-in has to see all feasible nodes together."""
        feasible = [i for i, total in enumerate(table.totals) if total >= 0]
        totals = [-1] * len(table.totals)
        columns = self._columns(table, feasible)
        for row, i in enumerate(feasible):
            totals[i] = sum(
                weighted.weight * column[row]
                for weighted, column in zip(self.profile.scores, columns, strict=True)
            )
        return totals

    def _columns(self, table: Verdicts, nodes: list[int]) -> list[list[int]]:
        columns: list[list[int]] = []
        for number, weighted in enumerate(self.profile.scores):
            raws = [table.scores[i][number] for i in nodes]
            columns.append(weighted.plugin.normalise(raws) if weighted.plugin.normalised else raws)
        return columns

    def _explain(self, table: Verdicts, totals: list[int]) -> tuple[tuple[Any, ...], dict[str, int]]:
        """The rows kept with the binding: all nodes if few, else the ten best and the reasons counted."""
        few = len(totals) <= self.verdict_rows
        shown = list(range(len(totals))) if few else nlargest(TOP, range(len(totals)), key=totals.__getitem__)
        fitting = [i for i in shown if totals[i] >= 0]
        if any(table.raws):
            everywhere = [i for i, total in enumerate(totals) if total >= 0]
            columns = self._columns(table, everywhere)
            scores = {i: [column[row] for column in columns] for row, i in enumerate(everywhere)}
        else:
            normalised = [weighted.plugin.normalised for weighted in self.profile.scores]
            scores = {
                i: [SCORE_MAX if n else score for score, n in zip(table.scores[i], normalised, strict=True)]
                for i in fitting
            }
        names = [weighted.plugin.name for weighted in self.profile.scores]
        rows = tuple(
            (table.names[i], None, dict(zip(names, scores[i], strict=True)), totals[i])
            if totals[i] >= 0
            else (table.names[i], list(table.reasons[i] or ()), {}, 0)
            for i in (shown if few else fitting)
        )
        return rows, {} if few else count_reasons(table.reasons)


def count_reasons(reasons: list[tuple[str, ...] | None]) -> dict[str, int]:
    """How many nodes each reason ruled out, by reason."""
    counts: dict[str, int] = {}
    for row in reasons:
        for reason in row or ():
            counts[reason] = counts.get(reason, 0) + 1
    return {reason: counts[reason] for reason in sorted(counts)}


def _message(table: Verdicts) -> str:
    """Kubernetes' sentence. Source: pkg/scheduler/framework/types.go, FitError.Error."""
    counted = sorted(f"{count} {reason}" for reason, count in count_reasons(table.reasons).items())
    return f"0/{len(table.names)} nodes are available: {', '.join(counted)}."
