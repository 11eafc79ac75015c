"""What the store answers, in the words of the Kubernetes API server.

Source: kubernetes/kubernetes, staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go.
"""

from __future__ import annotations

from app.orchestration.objects import KINDS
from app.orchestration.objects.meta import KubeObject, key_of
from app.vocabulary.replicated import Outcome

_PLURALS = {"PriorityClass": "priorityclasses"}


def resource(kind: type[KubeObject] | str) -> str:
    """The resource of a kind, with its group: "pods", "deployments.apps"."""
    found = KINDS[kind] if isinstance(kind, str) else kind
    group, slash, _ = found.API_VERSION.partition("/")
    plural = _PLURALS.get(found.KIND, found.KIND.lower() + "s")
    return f"{plural}.{group}" if slash else plural


def failed(why: str, message: str = "") -> Outcome:
    """A write that did not happen. why: a word for programs, as the API's `reason`. message: the sentence."""
    return Outcome("failed", {"why": why, "message": message} if message else {"why": why})


def not_found(kind: str, key: str) -> Outcome:
    return failed("NotFound", f'{resource(kind)} "{key.rpartition("/")[2]}" not found')


def already_exists(thing: KubeObject) -> Outcome:
    return failed("AlreadyExists", f'{resource(type(thing))} "{thing.metadata.name}" already exists')


def forbidden(thing: KubeObject, why: str) -> Outcome:
    name = thing.metadata.name or thing.metadata.generate_name
    return failed("Forbidden", f'{resource(type(thing))} "{name}" is forbidden: {why}')


def invalid(thing: KubeObject, why: str) -> Outcome:
    return failed("Invalid", f'{thing.KIND} "{thing.metadata.name}" is invalid: {why}')


def conflict(kind: str, key: str) -> Outcome:
    return failed(
        "Conflict",
        f'Operation cannot be fulfilled on {resource(kind)} "{key.rpartition("/")[2]}": the object has been modified;'
        " please apply your changes to the latest version and try again",
    )


def answer(thing: KubeObject) -> dict[str, str]:
    """What a client is told of the object that it wrote."""
    return {"key": key_of(thing.metadata.namespace, thing.metadata.name), "uid": thing.metadata.uid}
