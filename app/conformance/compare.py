"""Whether an answer agrees with what is expected. Only what a case asserts is asserted."""

from __future__ import annotations

import json
from typing import Any

UNORDERED = frozenset(
    ("candidates", "errors", "ignored", "insufficient", "missing", "nodes", "reasons", "unready", "victims")
)
"""Lists whose order means nothing."""

OLD_RELEASE = "_v1_23"
"""`scores_v1_23` is what an older release says for `scores`."""

PARSED = "Invalid value: "
"""How such a part begins."""

CHOICES = "any_of"
"""Expected: one of these, or none if there are none; the answer gives its own under "chosen"."""


def agrees(expected: dict[str, Any], got: dict[str, Any], noted: bool) -> bool:
    """Every key of `expected` has its value in `got`. noted: the old release's values are right as well."""
    if all(_same(key, value, got) for key, value in expected.items() if not key.endswith(OLD_RELEASE)):
        return True
    return noted and any(key.endswith(OLD_RELEASE) for key in expected) and agrees(_old(expected), got, False)


def _old(expected: dict[str, Any]) -> dict[str, Any]:
    """As the old release had it."""
    old = {key: value for key, value in expected.items() if not key.endswith(OLD_RELEASE)}
    given = {
        key.removesuffix(OLD_RELEASE): value for key, value in expected.items() if key.endswith(OLD_RELEASE)
    }
    return old | given


def _same(key: str, value: Any, got: dict[str, Any]) -> bool:
    if key == CHOICES:
        return got.get("chosen") in (value or [None])
    if key not in got:
        return False
    return _equal(key, value, got[key])


def _equal(key: str, value: Any, got: Any) -> bool:
    if isinstance(value, dict) and isinstance(got, dict):
        return all(name in got and _equal(name, part, got[name]) for name, part in value.items())
    if key == "error" and isinstance(value, str) and isinstance(got, str):
        return (
            value in got
        )  # A case gives the part of a message that does not change from release to release.
    if isinstance(value, list) and isinstance(got, list | tuple):
        if key not in UNORDERED:
            return len(value) == len(got) and all(
                _equal("", one, other) for one, other in zip(value, got, strict=True)
            )
        return _matched(key, value, list(got))
    # True is not 1 here, and 1.0 is 1.
    return isinstance(value, bool) == isinstance(got, bool) and bool(value == got)


def _shortened(reason: Any, expected: list[Any]) -> Any:
    """Of an error of the parser, Kubernetes' tests quote a part only: the part, where it is one."""
    if not isinstance(reason, str) or reason in expected:
        return reason
    parts = (one for one in expected if isinstance(one, str) and one.startswith(PARSED) and one in reason)
    return next(parts, reason)


def _matched(key: str, value: list[Any], got: list[Any]) -> bool:
    """Reasons are sets; of the others every one has its partner."""
    if key == "reasons":
        return {json.dumps(_shortened(one, value)) for one in got} == {json.dumps(one) for one in value}
    rest = list(got)
    for one in value:
        partner = next((i for i, other in enumerate(rest) if _equal("", one, other)), None)
        if partner is None:
            return False
        del rest[partner]
    return not rest
