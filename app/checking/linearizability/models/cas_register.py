"""A register with compare-and-set."""

from __future__ import annotations

from app.checking.linearizability.history import FAIL, OBSERVED_MISMATCH, Operation, Reading, frozen
from app.checking.linearizability.models.base import Call
from app.checking.linearizability.models.register import CAS, OTHER, Register


class CasRegister(Register):
    """`read`, `write`, and `cas` with `[expected, new]`."""

    name = "cas-register"
    fs: tuple[str, ...] = ("read", "write", "cas")

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        if operation.f != "cas":
            return super().call(operation, reading)
        value = operation.value
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise ValueError(f"the value of cas is {value!r}; allowed is [expected, new].")
        expected, new = frozen(value[0]), frozen(value[1])
        if operation.outcome == FAIL:
            return (OTHER, expected) if reading.cas_fail == OBSERVED_MISMATCH else None
        return (CAS, expected, new)
