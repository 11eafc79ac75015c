"""The Job controller. Start reading at `decide.plan`."""

from app.orchestration.controllers.job.controller import JobController, TtlController
from app.orchestration.controllers.job.decide import Plan, plan
from app.orchestration.controllers.job.pods import free_name, new_pod

__all__ = ["JobController", "Plan", "TtlController", "free_name", "new_pod", "plan"]
