"""What api1 refuses before anything happens."""

from __future__ import annotations

import pytest

from app.orchestration.admission import admit
from app.orchestration.commands import (
    COMMANDS,
    Cordon,
    DeletePod,
    RemoveNodePool,
    SetClusterAutoscaler,
    SetDescheduler,
    SetNodePool,
)
from app.orchestration.computation import TEXT_MAX
from app.orchestration.controllers.descheduler import STRATEGIES
from app.vocabulary.commands import DeleteJob, ReplayTrace, SubmitComputation, SubmitManifest, SubmitTasks
from app.words import sentences, word

ROW = ("p-1", 0, 500, 256, 0, 1_000_000)


@pytest.mark.parametrize(
    "command",
    [
        SubmitTasks(count=1),
        SubmitTasks(count=1_000, name="words", priority=-5),
        SubmitComputation("primes", 64, 10_000_000),
        SubmitComputation("pi", 1, 1),
        SubmitComputation("word-count", 4, 0, "x" * TEXT_MAX),
        ReplayTrace((ROW,), 2_000_000, 60),
        DeleteJob("words"),
        DeletePod("words-1"),
        Cordon("c1"),
        SetDescheduler(),
        SetDescheduler(tuple(STRATEGIES), {"cpu": 0, "pods": 100}, {"cpu": 0, "pods": 100}, 1_000, 5, True),
        SetNodePool("p", 0),
        SetNodePool("p", 1_000, 1_000, 1, 1, 0, "", {"a/b": "c"}, ("a/b=c:NoSchedule", "d:NoExecute"), 0, -5),
        RemoveNodePool("p"),
        SetClusterAutoscaler(),
        SetClusterAutoscaler("priority", 100, 1, 1, 1, True),
    ],
)
def test_taken(command):
    assert admit(command) is None


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (SubmitTasks(count=0), "count is 0; allowed is 1 to 1000"),
        (SubmitTasks(count=1_001), "count is 1001; allowed is 1 to 1000"),
        (SubmitTasks(count=1, cpu_milli=0), "cpu_milli is 0; allowed is 1 to 1,000,000"),
        (SubmitTasks(count=1, memory_mib=-1), "memory_mib is -1; allowed is 1 to 16,777,216"),
        (SubmitTasks(count=1, duration_ms=0), "duration_ms is 0; allowed is 1 to 3,600,000"),
        (SubmitTasks(count=1, priority=1 << 40), "priority is 1,099,511,627,776; allowed is"),
        (SubmitTasks(count=1, name="No Name"), 'name is "No Name"; allowed is 1 to 63 lower-case letters'),
        (SubmitManifest("[]"), "The manifest is empty"),
        (SubmitComputation("sort"), "There is no computation sort; there are word-count, primes, pi"),
        (SubmitComputation("pi", 65, 1), "pieces is 65; allowed is 1 to 64"),
        (SubmitComputation("pi", 1, 0), "size is 0; allowed is 1 to 2,000,000"),
        (SubmitComputation("primes", 1, 10_000_001), "size is 10,000,001; allowed is 1 to 10,000,000"),
        (SubmitComputation("word-count", 1), "length of text is 0; allowed is 1 to 20,000"),
        (ReplayTrace((), 0, 1), "number of rows is 0; allowed is 1 to 10,000"),
        (ReplayTrace((ROW, ("P", 0, 1, 1, 0, 1)), 0, 1), 'name is "P"'),
        (ReplayTrace((("p", -1, 1, 1, 0, 1),), 0, 1), "p: after_us is -1; allowed is 0"),
        (ReplayTrace((("p", 0, 1, 1, 0, 0),), 0, 1), "p: duration_us is 0; allowed is 1"),
        (ReplayTrace((ROW,), 0, 0), "compress is 0; allowed is 1"),
        (DeleteJob(""), "name is"),
        (DeletePod("x", "y z"), "namespace is"),
        (Cordon(""), "node is"),
        (
            SetDescheduler(("Tidy",)),
            'strategies is "Tidy"; allowed is RemoveDuplicates or LowNodeUtilization',
        ),
        (SetDescheduler(("RemoveDuplicates",) * 2), "allowed is each strategy once"),
        (SetDescheduler((), {"disk": 5}), 'thresholds is "disk"; allowed is cpu or memory or pods'),
        (SetDescheduler((), {"cpu": 101}), "thresholds.cpu is 101; allowed is 0 to 100"),
        (SetDescheduler((), {"cpu": 5}, {"pods": 5}), "allowed is the resources of thresholds (cpu)"),
        (SetDescheduler((), {}, {"pods": 5}), "allowed is the resources of thresholds"),
        (SetDescheduler((), {"cpu": 5}, {"cpu": 4}), "target_thresholds.cpu is 4; allowed is 5 to 100"),
        (SetDescheduler(interval_ms=-1), "interval_ms is -1; allowed is 0 to 3,600,000"),
        (SetDescheduler(evictions_max=1_001), "evictions_max is 1001; allowed is 0 to 1000"),
        (SetNodePool("Pool", 1), 'pool is "Pool"; allowed is 1 to 63 lower-case letters'),
        (SetNodePool("p" * 41, 1), "length of pool is 41; allowed is 1 to 40"),
        (SetNodePool("p", 1_001), "max is 1001; allowed is 0 to 1000"),
        (SetNodePool("p", 1, 2), "min is 2; allowed is 0 to 1"),
        (SetNodePool("p", 1, -1), "min is -1; allowed is 0 to 1"),
        (SetNodePool("p", 1, cpu_milli=0), "cpu_milli is 0; allowed is 1"),
        (SetNodePool("p", 1, memory_mib=0), "memory_mib is 0; allowed is 1"),
        (SetNodePool("p", 1, labels={"a b": "c"}), "labels[a b] is"),
        (SetNodePool("p", 1, taints=("a=b",)), "allowed is key=value:effect with an effect of NoSchedule or"),
        (SetNodePool("p", 1, taints=("=b:NoSchedule",)), 'taints is ""; allowed is a qualified name'),
        (SetNodePool("p", 1, taints=("a:NoSchedule",) * 17), "number of taints is 17; allowed is 0 to 16"),
        (SetNodePool("p", 1, boot_ms=-1), "boot_ms is -1; allowed is 0 to 3,600,000"),
        (RemoveNodePool(""), "pool is"),
        (SetClusterAutoscaler("cheapest"), 'expander is "cheapest"; allowed is least-waste or most-pods'),
        (SetClusterAutoscaler(utilization_percent=101), "utilization_percent is 101; allowed is 0 to 100"),
        (SetClusterAutoscaler(scan_ms=-1), "scan_ms is -1; allowed is 0 to 3,600,000"),
    ],
)
def test_refused_with_a_sentence(command, expected):
    refused = admit(command)
    assert refused is not None
    assert refused.code in sentences()["refused"]
    assert expected in word("refused", refused.code, refused.fields)


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_has_words(kind):
    assert kind.__struct_config__.tag in sentences()["command"]
