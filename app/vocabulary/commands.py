"""The commands that every world takes. Faults and rooms define more beside their code; `world/registry.py` joins them."""

from __future__ import annotations

from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class KillNode(Command, frozen=True, tag="kill-node"):
    """Pull the plug: memory, timers, mail and unsynced writes are lost."""

    node: NodeId


class RestartNode(Command, frozen=True, tag="restart-node"):
    """Start a killed machine again, from its disk."""

    node: NodeId


class PauseNode(Command, frozen=True, tag="pause-node"):
    """Stop the world on one machine: timers and mail wait."""

    node: NodeId


class ResumeNode(Command, frozen=True, tag="resume-node"):
    """Let a paused machine go on: waiting timers and mail come at once, in order."""

    node: NodeId


class Partition(Command, frozen=True, tag="partition"):
    """Cut the network into groups: nothing passes between different groups, both ways.

    groups: at least two, disjoint; machines in no group keep all their links. Partitions overlay each other.
    label:  what people call it ("zone b"); may be empty.
    """

    groups: tuple[tuple[NodeId, ...], ...]
    label: str = ""


class HealPartition(Command, frozen=True, tag="heal-partition"):
    """Undo one partition by its id (`p1` ...)."""

    partition: str


class CutLink(Command, frozen=True, tag="cut-link"):
    """Cut one direction of one link, or both."""

    src: NodeId
    dst: NodeId
    both: bool = False


class HealLink(Command, frozen=True, tag="heal-link"):
    """Undo `CutLink`."""

    src: NodeId
    dst: NodeId
    both: bool = False


class HealNetwork(Command, frozen=True, tag="heal-network"):
    """Undo all partitions, cuts and ills of links, and set loss, duplication and reordering back to the scenario's."""


class SetNetwork(Command, frozen=True, tag="set-network"):
    """Change the weather of all links, in parts per million of messages (0..1_000_000)."""

    loss_ppm: int = 0
    duplicate_ppm: int = 0
    reorder_ppm: int = 0


class SetRate(Command, frozen=True, tag="set-rate"):
    """Change how often clients begin an operation.

    per_1000_s: operations per 1,000 seconds for each client machine (2,000 is 2 a second); 0 stops, at most 1,000,000.
    client: one client machine, or "" for all.
    """

    per_1000_s: int
    client: NodeId = ""


class PutKey(Command, frozen=True, tag="put-key"):
    """Write a key as a client would."""

    client: NodeId
    key: str
    value: str


class GetKey(Command, frozen=True, tag="get-key"):
    """Read a key (linearizable) as a client would."""

    client: NodeId
    key: str


class CompareAndSet(Command, frozen=True, tag="compare-and-set"):
    """Set a key to `value` if it holds `expected` ("" stands for absent), as a client would."""

    client: NodeId
    key: str
    expected: str
    value: str


class SubmitTasks(Command, frozen=True, tag="submit-tasks"):
    """Submit a Job of `count` equal tasks through the API server.

    name: a DNS label; "" picks the next free `job-N`. cpu_milli, memory_mib: requested by each task.
    duration_ms: how long each runs. priority: higher is scheduled first.
    """

    count: int
    name: str = ""
    cpu_milli: int = 500
    memory_mib: int = 256
    duration_ms: int = 8_000
    priority: int = 0


class SubmitManifest(Command, frozen=True, tag="submit-manifest"):
    """Submit `batch/v1` Jobs and `v1` Pods through the API server.

    manifest: JSON text of a list of documents. People paste YAML: the edge (web, command line) turns it into this by
              `app.scenarios.yaml_text`, since the core reads no YAML.
    """

    manifest: str


class SubmitComputation(Command, frozen=True, tag="submit-computation"):
    """Submit a real computation, split over an Indexed Job and combined.

    what: "word-count" (of `text`), "primes" (how many up to `size`), "pi" (by `size` samples).
    pieces: tasks to split it into.
    """

    what: str
    pieces: int = 4
    size: int = 0
    text: str = ""
    name: str = ""


class ReplayTrace(Command, frozen=True, tag="replay-trace"):
    """Submit the pods of a production trace at their (capped) arrival times, counted from now.

    rows: (name, after_us, cpu_milli, memory_mib, gpu_milli, duration_us), `after_us` and `duration_us` already capped,
          compressed and clipped. gap_max_us, compress: the factors, for the page to state.
    """

    rows: tuple[tuple[str, int, int, int, int, int], ...]
    gap_max_us: int
    compress: int


class DeleteJob(Command, frozen=True, tag="delete-job"):
    """Delete a Job and its Pods through the API server."""

    name: str
    namespace: str = "default"


class ForgePrepare(Command, frozen=True, tag="forge-prepare"):
    """Let the intruder send a prepare with a huge ballot in the name of another machine.

    target: who receives it. claims: whose name is on it.
    """

    target: NodeId
    claims: NodeId
