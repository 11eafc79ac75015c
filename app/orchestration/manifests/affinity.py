"""Affinity and spreading.

Source: kubernetes/kubernetes, pkg/apis/core/validation/validation.go (validateAffinity, validateTopologySpreadConstraints).
"""

from __future__ import annotations

from app.orchestration.fields import Shape, bad_value, integer, label, list_of, one_of, qualified_name
from app.orchestration.manifests.selectors import LABEL_SELECTOR, NODE_SELECTOR, NODE_TERM
from app.orchestration.objects.affinity import (
    DO_NOT_SCHEDULE,
    HONOR,
    IGNORE,
    SCHEDULE_ANYWAY,
    Affinity,
    NodeAffinity,
    PodAffinity,
    PodAffinityTerm,
    PodAntiAffinity,
    PreferredSchedulingTerm,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT = integer(1, 100)


def _term(read: PodAffinityTerm, where: str) -> PodAffinityTerm:
    for name, keys in (
        ("matchLabelKeys", read.match_label_keys),
        ("mismatchLabelKeys", read.mismatch_label_keys),
    ):
        if keys and read.label_selector is None:
            raise bad_value(f"{where}.{name}", list(keys), "nothing, as there is no labelSelector")
    for key in read.match_label_keys:
        if key in read.mismatch_label_keys:
            raise bad_value(f"{where}.matchLabelKeys", key, "keys that are not in mismatchLabelKeys")
    return read


def _spread(read: TopologySpreadConstraint, where: str) -> TopologySpreadConstraint:
    if read.min_domains is not None and read.when_unsatisfiable != DO_NOT_SCHEDULE:
        allowed = "nothing, as whenUnsatisfiable is not DoNotSchedule"
        raise bad_value(f"{where}.minDomains", read.min_domains, allowed)
    if read.match_label_keys and read.label_selector is None:
        raise bad_value(
            f"{where}.matchLabelKeys", list(read.match_label_keys), "nothing, as there is no labelSelector"
        )
    return read


_POD_TERM = Shape(
    PodAffinityTerm,
    {
        "labelSelector": LABEL_SELECTOR,
        "topologyKey": qualified_name,
        "namespaces": list_of(label),
        "namespaceSelector": LABEL_SELECTOR,
        "matchLabelKeys": list_of(qualified_name),
        "mismatchLabelKeys": list_of(qualified_name),
    },
    required=("topologyKey",),
    check=_term,
)
_WEIGHTED = Shape(
    WeightedPodAffinityTerm,
    {"weight": _WEIGHT, "podAffinityTerm": _POD_TERM},
    required=("weight", "podAffinityTerm"),
)
_PREFERENCE = Shape(
    PreferredSchedulingTerm, {"weight": _WEIGHT, "preference": NODE_TERM}, required=("weight", "preference")
)
_NEAR = {REQUIRED: list_of(_POD_TERM), PREFERRED: list_of(_WEIGHTED)}
AFFINITY = Shape(
    Affinity,
    {
        "nodeAffinity": Shape(NodeAffinity, {REQUIRED: NODE_SELECTOR, PREFERRED: list_of(_PREFERENCE)}),
        "podAffinity": Shape(PodAffinity, _NEAR),
        "podAntiAffinity": Shape(PodAntiAffinity, _NEAR),
    },
)
SPREAD = Shape(
    TopologySpreadConstraint,
    {
        "maxSkew": integer(1, (1 << 31) - 1),
        "topologyKey": qualified_name,
        "whenUnsatisfiable": one_of(DO_NOT_SCHEDULE, SCHEDULE_ANYWAY),
        "labelSelector": LABEL_SELECTOR,
        "minDomains": integer(1, (1 << 31) - 1),
        "nodeAffinityPolicy": one_of(HONOR, IGNORE),
        "nodeTaintsPolicy": one_of(HONOR, IGNORE),
        "matchLabelKeys": list_of(qualified_name),
    },
    required=("maxSkew", "topologyKey", "whenUnsatisfiable"),
    check=_spread,
)
