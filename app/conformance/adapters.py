"""All adapters, by (plug-in or area, extension point)."""

from __future__ import annotations

from app.conformance import controllers, helpers, preemption, scheduler
from app.conformance.registry import joined

ADAPTERS = joined(scheduler.ADAPTERS, preemption.ADAPTERS, helpers.ADAPTERS, controllers.ADAPTERS)
