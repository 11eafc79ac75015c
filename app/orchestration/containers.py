"""What a simulated container does: its pod's annotations tell it, each for all containers or, with `.<name>`, for one.

`sim/duration: 8s` is how long it runs, `sim/duration.proxy: 2s` how long the container `proxy` does. Init containers
heed only words with their own name.
"""

from __future__ import annotations

import re

from msgspec import Struct

from app.orchestration.objects.pod import (
    DURATION,
    EXIT_CODE,
    FAIL_TIMES,
    READY_AFTER,
    STOP,
    USAGE,
    Pod,
)
from app.orchestration.objects.quantity import CPU, MEMORY, QuantityError, parse_quantity
from app.orchestration.settings import KubeSettings
from app.vocabulary.ids import MS, SECOND

_DURATION = re.compile(r"([0-9]{1,9})(us|ms|s|m)?")
_UNITS = {"us": 1, "ms": MS, "s": SECOND, "m": 60 * SECOND, "": SECOND, None: SECOND}


def parse_duration_us(text: str) -> int:
    """ "8s", "500ms", "2m", "250us" or bare seconds. Raises ValueError with a sentence."""
    shape = _DURATION.fullmatch(text)
    if shape is None or int(shape[1]) == 0:
        raise ValueError(
            f'"{text}" is not a duration; allowed are a whole number above 0 and us, ms, s or m, such as "8s"'
        )
    return int(shape[1]) * _UNITS[shape[2]]


def parse_usage(text: str) -> tuple[int | None, int | None]:
    """ "200m" or "200m,64Mi": (milli-cpu, bytes), None for what is not said. Raises ValueError with a sentence."""
    cpu, comma, memory = text.partition(",")
    try:
        return (
            parse_quantity(cpu.strip(), CPU) if cpu.strip() else None,
            parse_quantity(memory.strip(), MEMORY) if comma else None,
        )
    except QuantityError as error:
        raise ValueError(str(error)) from None


class Script(Struct, frozen=True, gc=False):
    """What one container does.

    duration_us: None: it runs for ever. fail_times: it fails so often before it succeeds; None: it always exits with
    `exit_code`. ready_after_us: how long after its start it answers its readiness probe.
    stop_us: how long it takes to stop when asked to; None: it does not heed the request, and dies of it at once.
    """

    duration_us: int | None
    exit_code: int
    fail_times: int | None
    ready_after_us: int
    stop_us: int | None

    def exits_with(self, attempt: int) -> int:
        """Its exit code at that attempt, counted from 0."""
        if self.fail_times is None:
            return self.exit_code
        return (self.exit_code or 1) if attempt < self.fail_times else 0


def script_of(pod: Pod, container: str, is_init: bool, forever: bool, settings: KubeSettings) -> Script:
    """What a container of the pod does. forever: if it is not told, it does not end."""
    default_us = None if forever else (settings.init_us if is_init else settings.task_us)
    duration = word(pod, DURATION, container, is_init)
    times = word(pod, FAIL_TIMES, container, is_init)
    stop = word(pod, STOP, container, is_init)
    return Script(
        default_us if duration is None else _us(duration, default_us or settings.task_us),
        min(_number(word(pod, EXIT_CODE, container, is_init)), 255),
        None if times is None else _number(times),
        _us(word(pod, READY_AFTER, container, is_init), 0),
        None if stop is None else _us(stop, 0),
    )


def word(pod: Pod, key: str, container: str, is_init: bool = False) -> str | None:
    """The annotation for this container."""
    annotations = pod.metadata.annotations
    own = annotations.get(f"{key}.{container}")
    return own if own is not None or is_init else annotations.get(key)


def usage_word(pod: Pod) -> tuple[int | None, int | None]:
    """What the pod is said to use (see `parse_usage`)."""
    text = pod.metadata.annotations.get(USAGE)
    if text is None:
        return None, None
    try:
        return parse_usage(text)
    except ValueError:
        return None, None


def _us(text: str | None, otherwise: int) -> int:
    # Manifests are checked when they are handed in; what a kubelet cannot read must not stop it.
    if text is None:
        return otherwise
    try:
        return parse_duration_us(text)
    except ValueError:
        return 0 if text.strip() in ("0", "0s") else otherwise


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0
