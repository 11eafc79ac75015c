"""Reads the shared Kubernetes cases (facts taken from Kubernetes' own tests)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def cases(shared_dir: Path, group: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    return json.loads((shared_dir / "conformance" / "k8s" / f"{group}.json").read_text("utf-8"))["cases"]
