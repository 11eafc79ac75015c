"""The data types that histories are judged by; a new one is a module and a line here."""

from __future__ import annotations

from app.checking.linearizability.models.base import NO, Call, Model
from app.checking.linearizability.models.cas_register import CasRegister
from app.checking.linearizability.models.kv_append import KvAppend
from app.checking.linearizability.models.multi_register import MultiRegister
from app.checking.linearizability.models.mutex import Mutex
from app.checking.linearizability.models.register import Register

_ALL: tuple[Model, ...] = (Register(), CasRegister(), KvAppend(), Mutex(), MultiRegister())
MODELS: dict[str, Model] = {model.name: model for model in _ALL}

__all__ = ["MODELS", "NO", "Call", "Model"]
