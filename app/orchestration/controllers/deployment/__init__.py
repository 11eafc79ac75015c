"""The Deployment controller. `fences`: what the strategy allows; `rolling`: sizes; `revisions`, `progress`, `controller`."""

from app.orchestration.controllers.deployment.controller import DeploymentController
from app.orchestration.controllers.deployment.fences import (
    max_surge,
    max_unavailable,
    new_replicas,
    resolve_fenceposts,
)
from app.orchestration.controllers.deployment.rolling import proportional, reconcile_new, reconcile_old, scale

__all__ = [
    "DeploymentController",
    "max_surge",
    "max_unavailable",
    "new_replicas",
    "proportional",
    "reconcile_new",
    "reconcile_old",
    "resolve_fenceposts",
    "scale",
]
