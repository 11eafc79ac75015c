"""The reconcile loops. The control plane proposes their writes.

Adding one: a module with a class (see `base.py`), one line here, one test.
"""

from __future__ import annotations

from app.orchestration.controllers.autoscaler import AutoscalerController
from app.orchestration.controllers.base import Controller
from app.orchestration.controllers.cluster_autoscaler import ClusterAutoscaler
from app.orchestration.controllers.cron_job import CronJobController
from app.orchestration.controllers.daemon_set import DaemonSetController
from app.orchestration.controllers.deployment import DeploymentController
from app.orchestration.controllers.descheduler import Descheduler
from app.orchestration.controllers.disruption_budget import BudgetController
from app.orchestration.controllers.drain import DrainController
from app.orchestration.controllers.job import JobController, TtlController
from app.orchestration.controllers.replica_set import ReplicaSetController
from app.orchestration.controllers.service import EndpointSliceController
from app.orchestration.controllers.stateful_set import StatefulSetController

CONTROLLERS: tuple[Controller, ...] = (
    CronJobController(),
    JobController(),
    TtlController(),
    DeploymentController(),
    ReplicaSetController(),
    StatefulSetController(),
    DaemonSetController(),
    BudgetController(),
    AutoscalerController(),
    EndpointSliceController(),
    DrainController(),
    ClusterAutoscaler(),
    Descheduler(),
)
"""Every controller of the work queue, in the order in which they get their turn."""
