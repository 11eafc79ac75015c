"""What a node selector means where the API server would not have let it through: such a term matches no node."""

from __future__ import annotations

import pytest

from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import Node
from app.orchestration.objects.selector import NodeSelector, NodeSelectorTerm, Requirement

NODE = Node(ObjectMeta("n1", labels={"disk": "ssd", "cores": "8"}))


def term(*expressions: Requirement, fields: tuple[Requirement, ...] = ()) -> NodeSelectorTerm:
    return NodeSelectorTerm(expressions, fields)


@pytest.mark.parametrize(
    ("one", "means"),
    [
        pytest.param(term(Requirement("disk", "NotIn", ("hdd",))), True, id="another value"),
        pytest.param(term(Requirement("disk", "NotIn", ("no label!",))), False, id="no label can have it"),
        pytest.param(term(Requirement("disk", "In", ("ssd", "no label!"))), False, id="one of them"),
        pytest.param(term(Requirement("disk", "NotIn")), False, id="not in nothing"),
        pytest.param(term(Requirement("disk", "Exists")), True, id="is there"),
        pytest.param(term(Requirement("disk", "Exists", ("ssd",))), False, id="is there, with a value"),
        pytest.param(
            term(Requirement("gpu", "DoesNotExist", ("a",))), False, id="is not there, with a value"
        ),
        pytest.param(term(Requirement("cores", "Gt", ("4",))), True, id="more"),
        pytest.param(term(Requirement("cores", "Gt", ("4", "5"))), False, id="more than two"),
        pytest.param(term(fields=(Requirement("metadata.name", "In", ("n1",)),)), True, id="by name"),
        pytest.param(term(fields=(Requirement("metadata.name", "In", ("n1", "n2")),)), False, id="two names"),
        pytest.param(term(fields=(Requirement("metadata.name", "NotIn"),)), False, id="not no name"),
        pytest.param(term(fields=(Requirement("metadata.name", "Exists"),)), False, id="a name, whichever"),
    ],
)
def test_a_term_that_cannot_be_read_means_no_node(one: NodeSelectorTerm, means: bool) -> None:
    assert NodeSelector((one,)).matches(NODE) is means
    # The other terms still count.
    assert NodeSelector((one, term(Requirement("disk", "In", ("ssd",))))).matches(NODE)
