"""The reconcile loops. The control plane proposes their writes.

Adding one: a module with a class (see `base.py`), one line here, one test.
"""

from __future__ import annotations

from app.orchestration.controllers.base import Controller

CONTROLLERS: tuple[Controller, ...] = ()
"""Every controller of the generic work queue, in the order in which they get their turn."""
