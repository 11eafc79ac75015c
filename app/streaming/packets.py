"""Socket.IO packets as MessagePack, with entries put in as the bytes they already are."""

from __future__ import annotations

from typing import Any

import msgspec
from socketio import packet


class Garbage(ValueError):
    """A packet that nobody could have meant."""


class _Incoming(msgspec.Struct):
    type: int
    nsp: str
    data: Any = None
    id: int | None = None


_DECODER = msgspec.msgpack.Decoder(_Incoming)
_ENCODER = msgspec.msgpack.Encoder()


class RawPacket(packet.Packet):  # type: ignore[misc]
    """Like python-socketio's `MsgPackPacket`, but `msgspec.Raw` in the data is written as it is."""

    uses_binary_events = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if options.get("encoded_packet") in (b"", ""):
            # The base takes an empty packet for none at all.
            self.decode(b"")

    def encode(self) -> bytes:
        """The packet's bytes."""
        return _ENCODER.encode(self._to_dict())

    def decode(self, encoded_packet: bytes | str) -> None:
        """Become the packet that was sent; of garbage, an event `garbage` with a sentence, which is answered like others."""
        try:
            incoming = _incoming(encoded_packet)
        except Garbage as garbage:
            incoming = _Incoming(packet.EVENT, "/live", ["garbage", str(garbage)])
        self.packet_type = incoming.type
        self.namespace = incoming.nsp
        self.data = incoming.data
        self.id = incoming.id


def _incoming(encoded: bytes | str) -> _Incoming:
    """Raises: Garbage."""
    if isinstance(encoded, str):
        raise Garbage("packets are MessagePack, not text")
    try:
        incoming = _DECODER.decode(encoded)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Garbage(f"a packet that cannot be read: {error}") from None
    if incoming.type not in (packet.CONNECT, packet.DISCONNECT, packet.EVENT, packet.ACK):
        raise Garbage(f"a packet of unknown type {incoming.type}")
    data = incoming.data
    if incoming.type == packet.EVENT and not (isinstance(data, list) and data and isinstance(data[0], str)):
        raise Garbage("an event without a name")
    if incoming.type == packet.ACK and not isinstance(data, list):
        raise Garbage("an acknowledgement without data")
    return incoming
