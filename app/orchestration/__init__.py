"""The Kubernetes half, sans-I/O: objects, store, scheduler, controllers, kubelets and the API server."""

from __future__ import annotations

from app.orchestration.commands import COMMANDS, MACHINE_COMMANDS
from app.orchestration.events import EVENTS
from app.orchestration.messages import MESSAGES
from app.orchestration.store import OPERATIONS

__all__ = ["COMMANDS", "EVENTS", "MACHINE_COMMANDS", "MESSAGES", "OPERATIONS"]
