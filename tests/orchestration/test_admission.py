"""What api1 refuses before anything happens."""

from __future__ import annotations

import pytest

from app.orchestration.admission import admit
from app.orchestration.commands import COMMANDS, Cordon, DeletePod
from app.orchestration.computation import TEXT_MAX
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
