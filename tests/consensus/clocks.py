"""A cluster whose machines have clocks of their own, and can be paused."""

from __future__ import annotations

from typing import Any

from app.simulation.clock import Clock
from app.vocabulary.base import Message, Moment
from app.vocabulary.effects import SetTimer
from app.vocabulary.events import NodePaused, NodeResumed
from tests.consensus.cluster import Cluster


class ClockedCluster(Cluster):
    """Like `Cluster`, with `clocks` by name. A paused machine handles its mail and timers when it is resumed."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.clocks: dict[str, Clock] = {}
        self.deadlines: dict[tuple[str, str], tuple[int, int]] = {}
        self.paused: dict[str, list[tuple[Any, ...]]] = {}
        super().__init__(*args, **more)

    def clock(self, name: str) -> Clock:
        return self.clocks.setdefault(name, Clock())

    def local_us(self, name: str) -> int:
        """What time that machine believes it is."""
        return self.clock(name).monotonic_us(self.now_us)

    def moment(self, name: str, cause: int) -> Moment:
        return Moment(self.local_us(name), cause)

    def set_timer(self, name: str, effect: SetTimer, why: int) -> None:
        self.order += 1
        self.nodes[name].timers[effect.name] = self.order
        deadline_us = self.local_us(name) + effect.after_us
        self.deadlines[name, effect.name] = (deadline_us, why)
        self._arm(name, effect.name, deadline_us, why)

    def _arm(self, name: str, timer: str, deadline_us: int, why: int) -> None:
        at_us = max(self.now_us, self.clock(name).when_us(deadline_us))
        self.push(at_us, ("timer", name, timer, self.nodes[name].timers[timer], why))

    def set_drift(self, name: str, drift_ppm: int) -> None:
        """Another rate from now on; armed timers keep their deadline by the machine's clock."""
        self.clock(name).set_drift(self.now_us, drift_ppm)
        for timer in self.nodes[name].timers:
            self._arm(name, timer, *self.deadlines[name, timer])

    def pause(self, name: str) -> None:
        if self.nodes[name].process is not None and name not in self.paused:
            self.paused[name] = []
            self.emit(NodePaused(name, self.now_us), None)

    def resume(self, name: str) -> None:
        """What waited is handled now, in the order it came."""
        waited = self.paused.pop(name)
        self.emit(NodeResumed(name, self.now_us, len(waited)), None)
        for kind, *rest in waited:
            if self.nodes[name].process is not None:
                getattr(self, f"_{kind}")(*rest)

    def kill(self, name: str) -> None:
        self.paused.pop(name, None)
        super().kill(name)

    def _arrive(self, src: str, dst: str, message: Message, why: int, life: int | None) -> None:
        if dst in self.paused:
            self.paused[dst].append(("arrive", src, dst, message, why, life))
        else:
            super()._arrive(src, dst, message, why, life)

    def _synced(self, name: str, life: int) -> None:
        if name in self.paused:
            self.paused[name].append(("synced", name, life))
        else:
            super()._synced(name, life)

    def _timer(self, name: str, timer: str, order: int, why: int) -> None:
        if self.nodes[name].timers.get(timer) != order:
            return
        if name in self.paused:
            self.paused[name].append(("timer", name, timer, order, why))
        elif self.deadlines[name, timer][0] > self.local_us(name):
            self._arm(name, timer, self.deadlines[name, timer][0], why)
        else:
            super()._timer(name, timer, order, why)
