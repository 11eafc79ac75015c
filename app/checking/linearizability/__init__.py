"""Linearizability of client histories. (Herlihy and Wing, 1990: "a correctness condition for concurrent objects")"""

from __future__ import annotations

from app.checking.linearizability.checker import BUDGET, Result, check
from app.checking.linearizability.history import FAIL, INFO, OK, Operation, Reading
from app.checking.linearizability.models import MODELS

__all__ = ["BUDGET", "FAIL", "INFO", "MODELS", "OK", "Operation", "Reading", "Result", "check"]
