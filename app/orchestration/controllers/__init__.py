"""The reconcile loops. The control plane proposes their writes.

Adding one: a module with a class (see `base.py`), one line here, one test.
"""

from __future__ import annotations

from app.orchestration.controllers.base import Controller
from app.orchestration.controllers.job_loop import JobController

CONTROLLERS: tuple[Controller, ...] = (JobController(),)
"""Every controller of the work queue, in the order in which they get their turn."""
