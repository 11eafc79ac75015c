"""Commands of this room beside those in `vocabulary.commands`, and the table of all that api1 takes."""

from __future__ import annotations

from app.vocabulary import commands as shared
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class DeletePod(Command, frozen=True, tag="delete-pod"):
    """Delete a Pod through the API server. A Job that still needs it makes another."""

    name: str
    namespace: str = "default"


class Cordon(Command, frozen=True, tag="cordon-node"):
    """Let a compute node take no new pods (`kubectl cordon`); those it has run on."""

    node: NodeId


class Uncordon(Command, frozen=True, tag="uncordon-node"):
    """Let a cordoned node take pods again."""

    node: NodeId


class RemoveObject(Command, frozen=True, tag="delete-object"):
    """Delete an object of any kind (`kubectl delete`). propagation: Background, Foreground or Orphan."""

    kind: str
    name: str
    namespace: str = "default"
    propagation: str = "Background"


class EvictPod(Command, frozen=True, tag="evict-pod"):
    """Ask the Eviction API to delete a Pod: refused while a PodDisruptionBudget forbids it."""

    name: str
    namespace: str = "default"


class ScaleObject(Command, frozen=True, tag="scale-object"):
    """Set the number of replicas of a Deployment, ReplicaSet or StatefulSet (`kubectl scale`)."""

    kind: str
    name: str
    replicas: int
    namespace: str = "default"


class UndoRollout(Command, frozen=True, tag="undo-rollout"):
    """Go back to an earlier revision (`kubectl rollout undo`). revision 0: the one before."""

    kind: str
    name: str
    revision: int = 0
    namespace: str = "default"


class PauseRollout(Command, frozen=True, tag="pause-rollout"):
    """Let changes of a Deployment's template wait (`kubectl rollout pause`)."""

    name: str
    namespace: str = "default"


class ResumeRollout(Command, frozen=True, tag="resume-rollout"):
    """Let a paused Deployment go on."""

    name: str
    namespace: str = "default"


class RestartRollout(Command, frozen=True, tag="restart-rollout"):
    """Replace all pods of a Deployment, StatefulSet or DaemonSet, as its strategy says (`kubectl rollout restart`)."""

    kind: str
    name: str
    namespace: str = "default"


class SetImage(Command, frozen=True, tag="set-image"):
    """Give a container of a workload another image (`kubectl set image`): a new revision. container "*": all of them."""

    kind: str
    name: str
    image: str
    container: str = "*"
    namespace: str = "default"


class TaintNode(Command, frozen=True, tag="taint-node"):
    """Put a taint on a node, or change its value. effect: NoSchedule, PreferNoSchedule or NoExecute."""

    node: NodeId
    key: str
    effect: str
    value: str = ""


class UntaintNode(Command, frozen=True, tag="untaint-node"):
    """Take a taint off a node; without an effect, all of that key."""

    node: NodeId
    key: str
    effect: str = ""


class LabelNode(Command, frozen=True, tag="label-node"):
    """Label a node; null takes the label off."""

    node: NodeId
    key: str
    value: str | None = None


class SetLoad(Command, frozen=True, tag="set-load"):
    """Put a workload under load: so much cpu, shared by its ready pods (the annotation `sim/load`); 0: none at all."""

    kind: str
    name: str
    cpu_milli: int
    namespace: str = "default"


class Drain(Command, frozen=True, tag="drain-node"):
    """Empty a node (`kubectl drain`): cordon it and evict its pods, as fast as PodDisruptionBudgets allow."""

    node: NodeId


class SetDescheduler(Command, frozen=True, tag="set-descheduler"):
    """Switch strategies of the descheduler on, and all others off; it looks at once. None: it rests.

    thresholds, target_thresholds: percent of cpu, memory and pods; none: as the scenario has them. once: it looks once, and
    then rests. interval_ms, evictions_max: how often it looks, how many may go in one look; 0: as the scenario has it.
    """

    strategies: tuple[str, ...] = ()
    thresholds: dict[str, int] = {}
    target_thresholds: dict[str, int] = {}
    interval_ms: int = 0
    evictions_max: int = 0
    once: bool = False


class SetNodePool(Command, frozen=True, tag="set-node-pool"):
    """Let the cluster autoscaler add and remove nodes of one sort, or change a pool that there is.

    taints: `key=value:effect`. boot_ms: how long a machine takes to come up. extended: how many of each extended resource
    beside the gpu, by name. Nodes that there are stay as they are.
    """

    pool: str
    max: int
    min: int = 0
    cpu_milli: int = 4_000
    memory_mib: int = 8_192
    gpu: int = 0
    zone: str = ""
    labels: dict[str, str] = {}
    taints: tuple[str, ...] = ()
    boot_ms: int = 5_000
    priority: int = 0
    extended: dict[str, int] = {}


class RemoveNodePool(Command, frozen=True, tag="remove-node-pool"):
    """Delete a pool: its nodes are drained and taken away."""

    pool: str


class SetClusterAutoscaler(Command, frozen=True, tag="set-cluster-autoscaler"):
    """Set the cluster autoscaler's flags; 0: as the scenario has it.

    expander: least-waste, most-pods, least-nodes or priority. utilization_percent: --scale-down-utilization-threshold.
    unneeded_ms: --scale-down-unneeded-time. delay_ms: --scale-down-delay-after-add. scan_ms: --scan-interval.
    scale_down_disabled: nodes are added and never taken away.
    """

    expander: str = "least-waste"
    utilization_percent: int = 0
    unneeded_ms: int = 0
    delay_ms: int = 0
    scan_ms: int = 0
    scale_down_disabled: bool = False


class AddNode(Command, frozen=True, tag="add-node"):
    """Add a compute machine to the running world; its kubelet registers it.

    extended: how many of each extended resource beside the gpu, by name.
    """

    node: NodeId
    zone: str = ""
    cpu_milli: int = 4_000
    memory_mib: int = 8_192
    gpu: int = 0
    labels: dict[str, str] = {}
    extended: dict[str, int] = {}


class RemoveNode(Command, frozen=True, tag="remove-node"):
    """Take a compute machine away for good, and delete its Node. Its pods are lost: drain it first."""

    node: NodeId


MACHINE_COMMANDS: tuple[type[Command], ...] = (AddNode, RemoveNode)
"""Commands to the world itself."""

COMMANDS: tuple[type[Command], ...] = (
    shared.SubmitTasks,
    shared.SubmitManifest,
    shared.SubmitComputation,
    shared.ReplayTrace,
    shared.DeleteJob,
    DeletePod,
    Cordon,
    Uncordon,
    RemoveObject,
    EvictPod,
    ScaleObject,
    UndoRollout,
    PauseRollout,
    ResumeRollout,
    RestartRollout,
    SetImage,
    TaintNode,
    UntaintNode,
    LabelNode,
    SetLoad,
    Drain,
    SetDescheduler,
    SetNodePool,
    RemoveNodePool,
    SetClusterAutoscaler,
)
"""Everything that the API server takes."""
