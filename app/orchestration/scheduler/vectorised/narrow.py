"""Pods that name their node, as those of a DaemonSet do: what is known of one of them serves all, whatever the name."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from app.orchestration.objects.selector import IN, NAME_FIELD
from app.orchestration.scheduler.framework import CycleState, Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.profile import Profile, left_out
from app.orchestration.scheduler.vectorised.statics import look_of

NODE_AFFINITY = "NodeAffinity"

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def _left_out() -> Status:
    state = CycleState()
    state.data["narrowed"] = (NODE_AFFINITY,)
    return left_out(state)


LEFT_OUT = _left_out()
"""What is said of all other nodes."""


def name_of(pod: PodInfo, profile: Profile) -> str:
    """The one node that the pod's node affinity names, and asks nothing else of; "" if it is another kind of pod."""
    required = pod.required_node_affinity
    if required is None or len(required.node_selector_terms) != 1 or pod.with_affinity or pod.spread:
        return ""
    term = required.node_selector_terms[0]
    if term.match_expressions or len(term.match_fields) != 1:
        return ""
    asked = term.match_fields[0]
    if (asked.key, asked.operator, len(asked.values)) != (NAME_FIELD, IN, 1):
        return ""
    return asked.values[0] if NODE_AFFINITY in [one.name for one in profile.pre_filters] else ""


def nameless(pod: PodInfo) -> PodInfo:
    """The pod without the name of its node: on that node the plug-ins say the same of both."""
    kin = replace(pod, required_node_affinity=None)
    shape = _ENCODER.encode((look_of(kin), pod.requests, pod.scored, pod.host_ports))
    return replace(kin, shape=b"*" + shape)
