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


COMMANDS: tuple[type[Command], ...] = (
    shared.SubmitTasks,
    shared.SubmitManifest,
    shared.SubmitComputation,
    shared.ReplayTrace,
    shared.DeleteJob,
    DeletePod,
    Cordon,
    Uncordon,
)
"""Everything that the API server takes."""
