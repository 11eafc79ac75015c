"""Job (batch/v1).

Source: kubernetes/kubernetes, pkg/apis/batch/validation/validation.go (ValidateJobSpec), pkg/apis/batch/v1/defaults.go.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.fields import (
    ManifestError,
    Shape,
    bad_value,
    boolean,
    integer,
    label,
    list_of,
    one_of,
    qualified_name,
    text,
)
from app.orchestration.manifests.annotations import meant_for_pods
from app.orchestration.manifests.metadata import named
from app.orchestration.manifests.pod import template
from app.orchestration.manifests.workload import head
from app.orchestration.objects.job import (
    COUNT,
    FAIL_INDEX,
    FAIL_JOB,
    IGNORE,
    INDEXED,
    NON_INDEXED,
    ONLY_FAILED,
    TERMINATING_OR_FAILED,
    ExitCodes,
    Job,
    JobSpec,
    PodConditionPattern,
    PodFailurePolicy,
    PodFailureRule,
    SuccessPolicy,
    SuccessRule,
    parse_indexes,
)
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.pod import PodTemplate

INT32_MAX = (1 << 31) - 1
PODS_MAX = 1_000


def _exit_codes(read: ExitCodes, where: str) -> ExitCodes:
    if list(read.values) != sorted(set(read.values)):
        raise bad_value(f"{where}.values", list(read.values), "numbers in ascending order, each once")
    if read.operator == "In" and 0 in read.values:
        raise bad_value(f"{where}.values", 0, "no 0, as the operator is In: it is no failure")
    return read


def _rule(read: PodFailureRule, where: str) -> PodFailureRule:
    if (read.on_exit_codes is None) == (not read.on_pod_conditions):
        raise bad_value(where, ..., "one of onExitCodes and onPodConditions")
    return read


def _success(read: SuccessRule, where: str) -> SuccessRule:
    if not read.succeeded_indexes and read.succeeded_count is None:
        raise bad_value(where, ..., "succeededIndexes, succeededCount or both")
    return read


def indexes(value: Any, where: str) -> str:
    """A set of indexes as "1,3-5"."""
    allowed = 'ascending indexes such as "1,3-5"'
    written = text(value, where)
    try:
        read = (
            parse_indexes(written)
            if len(written) <= 500 and written.replace("-", "").replace(",", "").isdigit()
            else []
        )
    except ValueError:
        read = []
    if not read or read != sorted(set(read)) or read[-1] > PODS_MAX:
        raise bad_value(where, value, allowed)
    return written


def _restarts(made: PodTemplate, where: str) -> None:
    if made.spec.restart_policy not in ("Never", "OnFailure"):
        raise bad_value(
            f"{where}.spec.restartPolicy", made.spec.restart_policy, "Never or OnFailure in a Job"
        )


_TEMPLATE = template(_restarts)


def _template(value: Any, where: str) -> PodTemplate:
    # A pod's default is Always, which a Job cannot have: it must say which of the two it wants.
    if isinstance(value, dict) and isinstance(value.get("spec"), dict):
        policy = value["spec"].get("restartPolicy")
        if policy is None and value["spec"].get("containers"):
            raise bad_value(f"{where}.spec.restartPolicy", None, "Never or OnFailure in a Job")
    return _TEMPLATE(value, where)


_EXIT_CODES = Shape(
    ExitCodes,
    {
        "containerName": label,
        "operator": one_of("In", "NotIn"),
        "values": list_of(integer(0, INT32_MAX), 1, 255),
    },
    required=("operator", "values"),
    check=_exit_codes,
)
_CONDITION = Shape(
    PodConditionPattern,
    {"type": qualified_name, "status": one_of("True", "False", "Unknown")},
    required=("type",),
)
_RULE = Shape(
    PodFailureRule,
    {
        "action": one_of(FAIL_JOB, FAIL_INDEX, IGNORE, COUNT),
        "onExitCodes": _EXIT_CODES,
        "onPodConditions": list_of(_CONDITION, 0, 20),
    },
    required=("action",),
    check=_rule,
)
_SUCCESS_RULE = Shape(
    SuccessRule,
    {"succeededIndexes": indexes, "succeededCount": integer(1, INT32_MAX)},
    check=_success,
)
_COUNT = integer(0, INT32_MAX)
_SPEC = Shape(
    JobSpec,
    {
        "template": _template,
        "parallelism": integer(0, PODS_MAX),
        "completions": integer(0, PODS_MAX),
        "completionMode": one_of(INDEXED, NON_INDEXED),
        "backoffLimit": _COUNT,
        "backoffLimitPerIndex": _COUNT,
        "maxFailedIndexes": _COUNT,
        "activeDeadlineSeconds": integer(1, INT32_MAX),
        "podFailurePolicy": Shape(PodFailurePolicy, {"rules": list_of(_RULE, 0, 20)}, required=("rules",)),
        "successPolicy": Shape(SuccessPolicy, {"rules": list_of(_SUCCESS_RULE, 1, 20)}, required=("rules",)),
        "suspend": boolean,
        "ttlSecondsAfterFinished": _COUNT,
        "podReplacementPolicy": one_of(TERMINATING_OR_FAILED, ONLY_FAILED),
    },
    required=("template",),
    refused="managedBy manualSelector selector",
)


def job_spec(value: Any, where: str) -> JobSpec:
    """A Job's spec, with Kubernetes' defaults."""
    spec: JobSpec = _SPEC(value, where)
    given = {name for name, item in value.items() if item is not None}
    if "completions" not in given and "parallelism" not in given:
        spec = replace(spec, completions=1)
    if spec.backoff_limit_per_index is not None and "backoffLimit" not in given:
        spec = replace(spec, backoff_limit=INT32_MAX)
    if spec.pod_failure_policy is not None and "podReplacementPolicy" not in given:
        spec = replace(spec, pod_replacement_policy=ONLY_FAILED)
    _check_indexes(spec, where)
    _check_policies(spec, where)
    return spec


def _check_indexes(spec: JobSpec, where: str) -> None:
    if spec.completion_mode == INDEXED:
        if spec.completions is None:
            raise ManifestError("manifest-missing", f"{where}.completions")
    else:
        for name, item in (
            ("backoffLimitPerIndex", spec.backoff_limit_per_index),
            ("successPolicy", spec.success_policy),
        ):
            if item is not None:
                shown: Any = item if isinstance(item, int) else {}
                raise bad_value(f"{where}.{name}", shown, "nothing, as completionMode is not Indexed")
    failed = spec.max_failed_indexes
    if failed is None:
        return
    if spec.backoff_limit_per_index is None:
        raise bad_value(f"{where}.maxFailedIndexes", failed, "nothing, as there is no backoffLimitPerIndex")
    if failed > (spec.completions or 0):
        raise bad_value(f"{where}.maxFailedIndexes", failed, f"at most completions, {spec.completions}")


def _check_policies(spec: JobSpec, where: str) -> None:
    failure, success = spec.pod_failure_policy, spec.success_policy
    if failure is not None:
        policy = spec.template.spec.restart_policy
        if policy != "Never":
            path = f"{where}.template.spec.restartPolicy"
            raise bad_value(path, policy, "Never, as there is a podFailurePolicy")
        if spec.pod_replacement_policy != ONLY_FAILED:
            path = f"{where}.podReplacementPolicy"
            raise bad_value(path, spec.pod_replacement_policy, "Failed, as there is a podFailurePolicy")
        for at, rule in enumerate(failure.rules):
            if rule.action == FAIL_INDEX and spec.backoff_limit_per_index is None:
                path = f"{where}.podFailurePolicy.rules[{at}].action"
                raise bad_value(path, rule.action, "another one, as there is no backoffLimitPerIndex")
    for at, wanted in enumerate(() if success is None else success.rules):
        path = f"{where}.successPolicy.rules[{at}]"
        indexes_meant = parse_indexes(wanted.succeeded_indexes)
        completions = spec.completions or 0
        if indexes_meant and indexes_meant[-1] >= completions:
            raise bad_value(
                f"{path}.succeededIndexes", wanted.succeeded_indexes, f"indexes below {completions}"
            )
        most = len(indexes_meant) or completions
        if wanted.succeeded_count is not None and wanted.succeeded_count > most:
            raise bad_value(f"{path}.succeededCount", wanted.succeeded_count, f"at most {most}")


def with_annotations(spec: JobSpec, owner: ObjectMeta) -> JobSpec:
    """What the Job's annotations say of containers is meant for each of its pods."""
    return replace(spec, template=meant_for_pods(spec.template, owner))


_LEVEL = head(job_spec)


def read_job(document: Any) -> Job:
    """A Job (batch/v1)."""
    found = _LEVEL(document, "")
    metadata = named(Job, found["metadata"])
    label(metadata.name or metadata.generate_name.rstrip("-"), "metadata.name")
    return Job(metadata, with_annotations(found["spec"], metadata))
