"""The API against its own description, by schemathesis: no answer that is not documented, no 500."""

from __future__ import annotations

from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_operation_does_what_it_says(app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/docs/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations() if not isinstance(result, Err)]
    assert len(operations) >= 15
    for operation in operations:
        given(case=operation.as_strategy())(check)()


@settings(max_examples=25, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def check(case: schemathesis.Case) -> None:
    """One made-up request."""
    case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})
