"""The extension points of the scheduler: what a plug-in is given and what it answers.

Source: kubernetes/kubernetes, pkg/scheduler/framework/interface.go (Status codes, FilterPlugin, ScorePlugin, QueueSort).
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from msgspec import Struct

from app.orchestration.scheduler.node_info import NodeInfo, PodInfo

SCORE_MAX = 100
"""MaxNodeScore: every plug-in scores 0..100 after normalisation."""


class Code(Enum):
    """UNSCHEDULABLE may change when pods leave; UNRESOLVABLE does not, whoever is evicted."""

    SUCCESS = "Success"
    UNSCHEDULABLE = "Unschedulable"
    UNRESOLVABLE = "UnschedulableAndUnresolvable"


class Status(Struct, frozen=True):
    """A filter's no, with Kubernetes' own words."""

    code: Code
    reasons: tuple[str, ...]


class Filter(Protocol):
    """Says whether a pod may run on a node."""

    name: str

    def filter(self, pod: PodInfo, node: NodeInfo) -> Status | None:
        """None: it may."""
        ...


class Score(Protocol):
    """Says how good a node is, among those that passed all filters.

    normalised: the raw scores have to be seen together; then `normalise` is called with those of all feasible nodes.
    """

    name: str
    normalised: bool

    def score(self, pod: PodInfo, node: NodeInfo) -> int:
        """0..100, or any integer >= 0 if `normalised`."""
        ...

    def normalise(self, raws: list[int]) -> list[int]:
        """Raw scores of the feasible nodes as 0..100. Not called unless `normalised`; all raws zero must give all equal."""
        ...


class Weighted(Struct, frozen=True):
    """A score plug-in with its weight in the sum."""

    plugin: Score
    weight: int


class Profile(Struct, frozen=True):
    """Which plug-ins run, in which order."""

    filters: tuple[Filter, ...]
    scores: tuple[Weighted, ...]


def default_normalise(raws: list[int], reverse: bool) -> list[int]:
    """Scale to 0..100 by the largest; reversed, the largest gets 0.

    Source: pkg/scheduler/framework/plugins/helper/normalize_score.go.
    """
    top = max(raws, default=0)
    if top == 0:
        return [SCORE_MAX] * len(raws) if reverse else raws
    scaled = [SCORE_MAX * raw // top for raw in raws]
    return [SCORE_MAX - score for score in scaled] if reverse else scaled
