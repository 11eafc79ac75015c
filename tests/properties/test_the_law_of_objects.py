"""The law for objects of every kind: what people ask of them, while machines come and go, is told as it is."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from app.orchestration import commands as asked
from app.orchestration.objects import KINDS
from app.vocabulary.base import Command
from app.vocabulary.commands import KillNode, RestartNode, SubmitManifest
from app.vocabulary.ids import SECOND
from tests.orchestration.manifests_of import TEMPLATE, autoscaler, thing, workload
from tests.world.runs import Follower, difference, plain, world

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def manifests() -> list[dict[str, Any]]:
    """One object of each kind that can be pasted, quick to run."""
    job = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}}}
    named = [{**workload(kind), "metadata": {"name": kind.lower()}} for kind in WORKLOADS]
    for one in named[1:]:
        labels = {"app": one["metadata"]["name"]}
        one["spec"] = {
            **one["spec"],
            "selector": {"matchLabels": labels},
            "template": {**TEMPLATE, "metadata": {"labels": labels}},
        }
    scaled = autoscaler(scaleTargetRef={"kind": "Deployment", "name": "deployment"})
    return [
        *named,
        scaled,
        thing("batch/v1", "Job", spec={**job, "completions": 2}),
        thing("batch/v1", "CronJob", spec={"schedule": "* * * * *", "jobTemplate": {"spec": job}}),
        thing("policy/v1", "PodDisruptionBudget", spec={"maxUnavailable": 1, "selector": {}}),
        thing("scheduling.k8s.io/v1", "PriorityClass", value=7, globalDefault=True),
        thing("v1", "Namespace"),
        {**workload("Deployment", replicas=2), "metadata": {"name": "inside", "namespace": "it"}},
        thing("v1", "Service", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}),
    ]


def wish(dice: random.Random) -> Command:
    kind = dice.choice(WORKLOADS)
    node = f"c{dice.randint(1, 6)}"
    machine = dice.choice(["s1", "s2", "s3", node])
    return dice.choice(
        [
            SubmitManifest(json.dumps(manifests())),
            asked.ScaleObject(dice.choice(("Deployment", "StatefulSet")), "deployment", dice.randint(0, 6)),
            asked.ScaleObject("StatefulSet", "statefulset", dice.randint(0, 4)),
            asked.SetImage(
                kind if kind != "ReplicaSet" else "Deployment", kind.lower(), f"x:{dice.randint(1, 3)}"
            ),
            asked.UndoRollout("Deployment", "deployment"),
            asked.RestartRollout("DaemonSet", "daemonset"),
            asked.RemoveObject(
                kind, kind.lower(), propagation=dice.choice(("Background", "Foreground", "Orphan"))
            ),
            asked.RemoveObject("Namespace", "it"),
            asked.TaintNode(node, "zone", dice.choice(("NoSchedule", "NoExecute"))),
            asked.UntaintNode(node, "zone"),
            asked.EvictPod("statefulset-0"),
            asked.Cordon(node),
            asked.Uncordon(node),
            asked.SetNodePool("more", dice.randint(0, 2), cpu_milli=500, memory_mib=256, boot_ms=500),
            asked.RemoveNodePool("more"),
            asked.SetClusterAutoscaler("most-pods", unneeded_ms=1_000, delay_ms=1_000, scan_ms=500),
            asked.SetDescheduler(("LowNodeUtilization", "RemoveDuplicates"), once=True),
            KillNode(machine),
            RestartNode(machine),
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_fold_equals_view_whatever_is_asked(seed):
    dice, subject, follower = random.Random(seed), world(seed=seed), Follower()
    follower.follow(subject.start())
    commands: list[Command] = [SubmitManifest(json.dumps(manifests()))]
    commands += [wish(dice) for _ in range(14)]
    for number, command in enumerate(commands):
        until_us = subject.now_us + (8 if number < 2 else dice.randint(1, 6)) * SECOND
        while subject.now_us < until_us:
            follower.follow(subject.advance(until_us))
        wrong = difference(follower.picture, plain(subject.view()))
        assert not wrong, f"seed {seed}, before {command}: {wrong}"
        entries = subject.take(command)
        if isinstance(entries, list):
            follower.follow(entries)
    assert subject.failure is None, subject.failure
    kinds = {kind for kind in KINDS if follower.picture.get(kind)}
    assert kinds >= {"Deployment", "ReplicaSet", "Pod", "Event", "ControllerRevision", "PriorityClass"}
