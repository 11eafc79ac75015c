"""Cut the network into groups: nothing passes between two of them, in either direction. Partitions overlay each other."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, out_of_range, unknown_node
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import HealPartition, Partition
from app.vocabulary.events import NetworkPartitioned, PartitionHealed

PARTITIONS_MAX = 32
LABEL_MAX = 40


def check_partition(ground: Ground, command: Partition) -> Refused | None:
    """At least two groups with somebody in each, and nobody in two."""
    members = [node for group in command.groups for node in group]
    refused = unknown_node(ground, *members)
    if refused is not None:
        return refused
    if len(command.groups) < 2 or not all(command.groups):
        return Refused("too-few-groups", {"groups": sum(1 for group in command.groups if group)})
    twice = next((node for index, node in enumerate(members) if node in members[:index]), None)
    if twice is not None:
        return Refused("node-in-two-groups", {"node": twice})
    if len(command.label) > LABEL_MAX:
        return out_of_range("length of label", len(command.label), 0, LABEL_MAX)
    if len(ground.network.splits) >= PARTITIONS_MAX:
        return Refused("too-many-partitions", {"limit": PARTITIONS_MAX})
    return None


def partition(ground: Ground, command: Partition, cause: int) -> None:
    """Messages on their way across the cut die where they are."""
    since = (ground.now_us, ground.seq)
    name = ground.network.partition(command.groups, command.label, since)
    seq = ground.emit(NetworkPartitioned(name, command.groups, command.label, ground.now_us), cause)
    ground.drop(ground.network.caught(), seq)


def check_heal(ground: Ground, command: HealPartition) -> Refused | None:
    if command.partition in ground.network.splits:
        return None
    names = ", ".join(ground.network.splits)
    return Refused("unknown-partition", {"partition": command.partition[:64], "allowed": names or "none"})


def heal(ground: Ground, command: HealPartition, cause: int) -> None:
    split = ground.network.heal_partition(command.partition)
    ground.emit(PartitionHealed(command.partition, split.label), cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    """All machines in two groups."""
    mixed = chance.shuffle(list(ground.machines))
    if len(mixed) < 2:
        return None
    cut = chance.uniform_int(1, len(mixed) - 1)
    return Partition((tuple(mixed[:cut]), tuple(mixed[cut:])), "random")


def endings(ground: Ground) -> list[Command]:
    return [HealPartition(name) for name in ground.network.splits]


FAULT = Fault(
    name="partition",
    group="network",
    begin=Act(Partition, check_partition, partition),
    end=Act(HealPartition, check_heal, heal),
    sentence="network-partitioned",
    band="bad",
    form=(FormField("groups", "groups"), FormField("label", "text", high=LABEL_MAX)),
    draw=draw,
    endings=endings,
    network=True,
)
