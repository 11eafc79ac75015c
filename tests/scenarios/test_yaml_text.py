"""YAML from people: shared manifests, lines in sentences, and nothing that could hurt."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scenarios.yaml_text import ManifestTextError, canonical_manifest, manifest_command
from app.words import word

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: main\n"


def sentence(text: str) -> str:
    with pytest.raises(ManifestTextError) as caught:
        manifest_command(text)
    refused = caught.value.refused
    return word("refused", refused.code, refused.fields)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("job-single", None),
        ("job-parallel", None),
        ("job-indexed", None),
        ("pod-too-big", None),
        (
            "pod-node-affinity",
            (
                "Line 8: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution is a list; allowed is"
                " an object with nodeSelectorTerms"
            ),
        ),
        ("pod-affinity", None),
        ("pod-spread-two", None),
        ("cronjob", None),
        ("deployment-nginx", None),
    ],
)
def test_shared_manifests(shared_dir, name, expected):
    text = (shared_dir / "conformance" / "manifests" / "own" / f"{name}.yaml").read_text("utf-8")
    if expected is None:
        assert json.loads(manifest_command(text).manifest)
    else:
        assert sentence(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "The manifest is empty", id="nothing"),
        pytest.param("---\n---\n", "The manifest is empty", id="only separators"),
        pytest.param("a: [", "Line 1: this is not YAML", id="open bracket"),
        pytest.param(
            POD + "  - name: main\n    bogus: 1\n",
            "Line 8: there is no field spec.containers[1].bogus",
            id="unknown field",
        ),
        pytest.param(
            POD + "---\n" + POD.replace("{name: p}", "{name: P}"),
            'Line 10: document 2: metadata.name is "P"',
            id="second document",
        ),
        pytest.param(POD + "    name: other\n", "Line 7: this is not YAML: name is given twice", id="twice"),
        pytest.param(
            "a: !!python/object/apply:os.system [x]", "Line 1: this is not YAML", id="python object"
        ),
        pytest.param(
            "a: &a [1]\nb: [" + "*a, " * 9_000 + "*a]\nc: [" + "*a, " * 9_000 + "]",
            "this is not YAML: more than 20,000 values",
            id="many aliases",
        ),
        pytest.param("a: &a\n  b: *a\n", "this is not YAML: more than 20,000 values", id="endless alias"),
        pytest.param("\x00", "Line 1: this is not YAML", id="control character"),
        pytest.param(
            "a: 0x1" + "0" * 40,
            "Line 1: this is not YAML: 0x1" + "0" * 37 + " is too large a number; 64 bits are the most",
            id="more than 64 bits",
        ),
        pytest.param("a: .nan", "Line 1: this is not YAML: .nan is no number", id="not a number"),
        pytest.param(
            "x" * 200_001, "The manifest has 200,001 characters; at most 200,000 are allowed", id="too long"
        ),
    ],
)
def test_sentences_name_the_line(text, expected):
    assert expected in sentence(text)


def test_what_went_through_once_stays_the_same():
    once = canonical_manifest(POD + "---\n" + POD)
    assert canonical_manifest(once) == once


def test_dates_stay_text():
    assert json.loads(canonical_manifest("a: 2020-01-01")) == [{"a": "2020-01-01"}]


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_never_worse(text):
    with contextlib.suppress(ManifestTextError):
        manifest_command(text)
