"""The API against its own description, by schemathesis: no answer that is not documented, no 500."""

from __future__ import annotations

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def test_every_operation_does_what_it_says(app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/docs/openapi.json", app)
    operations = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        operations += 1

        @settings(
            max_examples=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})

        operation.as_strategy()
        _given(operation, check)
    assert operations >= 15


def _given(operation: object, check: object) -> None:
    from hypothesis import given

    given(case=operation.as_strategy())(check)()  # type: ignore[attr-defined,operator]
