"""The HorizontalPodAutoscaler. `calculator`: how many replicas a metric asks for; `behaviour`: how fast they may change;
`metrics`: what is measured; `controller`."""

from app.orchestration.controllers.autoscaler.controller import AutoscalerController

__all__ = ["AutoscalerController"]
