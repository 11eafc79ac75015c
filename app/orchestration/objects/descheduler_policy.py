"""DeschedulerPolicy: which strategies of the descheduler are on, by which thresholds, and what it last did.

The words are those of the descheduler's own policy document; this is an object of the store, so that it is replayed.

Source: kubernetes-sigs/descheduler, README.md (descheduler/v1alpha2, DeschedulerPolicy).
"""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import KubeObject, KubeStruct


class PolicySpec(KubeStruct, frozen=True):
    """strategies: in this order. thresholds, target_thresholds: percent by resource; none: as the scenario has them.

    interval_us: how often it looks; 0: as the scenario has it. once: it looks once, and then rests.
    evictions_max: of one look; 0: as the scenario has it (maxNoOfPodsToEvictTotal).
    asked_us: when this was asked for: it looks at once.
    """

    strategies: tuple[str, ...] = ()
    thresholds: dict[str, int] = {}
    target_thresholds: dict[str, int] = {}
    interval_us: int = 0
    evictions_max: int = 0
    once: bool = False
    asked_us: int = 0


class PolicyStatus(KubeStruct, frozen=True):
    """The last look that is worth telling of: one that was asked for, evicted somebody, or had something else to say.

    asked_us: which asking it answered. run_us: when. evicted: how many pods. said: one sentence a strategy.
    imbalance_milli, jain_milli: of pods over ready nodes before it, x 1,000; -1: there were none.
    """

    asked_us: int = -1
    run_us: int = 0
    evicted: int = 0
    said: tuple[str, ...] = ()
    imbalance_milli: int = -1
    jain_milli: int = -1


class DeschedulerPolicy(KubeObject, frozen=True):
    """There is one at most, named `default`."""

    KIND: ClassVar[str] = "DeschedulerPolicy"
    API_VERSION: ClassVar[str] = "sim/v1"
    NAMESPACED: ClassVar[bool] = False

    spec: PolicySpec = PolicySpec()
    status: PolicyStatus = PolicyStatus()
