"""Edit one message on its way: its ballot, its slot, its value, or any other field."""

from __future__ import annotations

from msgspec.structs import replace

from app.faults.base import Act, Fault, FormField, Ground, Where, struck
from app.faults.editing import edited, fields, leaves, shown
from app.faults.events import MessageEdited
from app.faults.forge import believed_never
from app.faults.letters import MESSAGE, any_flight, no_such, on_its_way
from app.simulation.links import CUT, EDITED, LOSS
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Message, Refused


class EditMessage(Command, frozen=True, tag="edit-message"):
    """Change a field of a message on its way, without its sender's key.

    message: the id of a message in flight, held or not. field: its path, e.g. `slot` or `value.0.op.value`.
    value:   as text: a number, `yes` or `no`, a ballot as ROUND.NODE, or the text itself.
    """

    message: int
    field: str
    value: str


def _edited(ground: Ground, command: EditMessage) -> Message | Refused:
    flight = on_its_way(ground, command.message)
    if flight is None:
        return no_such(command.message)
    return edited(flight.message, command.field, command.value, ground.machines)


def check(ground: Ground, command: EditMessage) -> Refused | None:
    """The field exists and can hold the value."""
    found = _edited(ground, command)
    return found if isinstance(found, Refused) else None


def edit(ground: Ground, command: EditMessage, cause: int) -> None:
    flight, message = on_its_way(ground, command.message), _edited(ground, command)
    assert flight is not None, "the check found it"
    assert not isinstance(message, Refused), "the check accepted it"
    was = shown(dict(leaves(flight.message))[command.field])
    ends = (flight.src, flight.dst)
    if not ground.network.authentication:
        cause = struck(ground, "edit-message", command, cause, Where(links=(ends,)), inside=False)
    fate = flight.fate if flight.fate in (CUT, LOSS) else EDITED
    ground.network.put(replace(flight, message=message, fate=fate))
    held = fields(message) if flight.id in ground.network.held else {}
    event = MessageEdited(
        flight.id, message.KIND, *ends, command.field, was, command.value, message.label(), held
    )
    ground.emit(event, cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    """A number or a ballot a little higher or lower."""
    flight = any_flight(ground, chance)
    found = [(path, value) for path, value in leaves(flight.message) if type(value) is int] if flight else []
    if flight is None or not found:
        return None
    path, value = chance.pick(found)
    return EditMessage(flight.id, path, str(max(0, value + chance.uniform_int(-3, 3))))


FAULT = Fault(
    name="edit-message",
    group="messages",
    begin=Act(EditMessage, check, edit),
    end=None,
    sentence="message-edited",
    band="bad",
    model=believed_never,
    form=(MESSAGE, FormField("field", "field"), FormField("value", "text", high=256)),
    draw=draw,
)
