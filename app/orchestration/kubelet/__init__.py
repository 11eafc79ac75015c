"""What a compute node does with the pods bound to it."""

from __future__ import annotations

from app.orchestration.kubelet.capacity import Capacity
from app.orchestration.kubelet.kubelet import Kubelet

__all__ = ["Capacity", "Kubelet"]
