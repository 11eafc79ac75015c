"""Whom a kubelet or api1 talks to beside its sessions: the storage node that it believes to lead."""

from __future__ import annotations

from app.vocabulary.base import Message
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import ClientReply


class LeaderHint:
    """Learns from replies; goes on to the next storage node when the present one stays silent."""

    def __init__(self, peers: tuple[NodeId, ...], first: int) -> None:
        self.peers = peers
        self.leader = peers[first % len(peers)]
        self.unanswered = 0

    def heard(self, sender: NodeId, message: Message) -> None:
        """Any message: a real answer comes from the leader, a redirection may name it. A forger may name anybody."""
        if sender not in self.peers:
            return
        if type(message) is not ClientReply:
            self.leader, self.unanswered = sender, 0
        elif message.status == "redirect":
            if message.leader in self.peers and message.leader != self.leader:
                self.leader, self.unanswered = message.leader, 0
        elif message.status != "busy":
            self.leader, self.unanswered = sender, 0

    def ask(self) -> NodeId:
        """Whom to ask now. Two questions in a row without an answer: the next in the ring."""
        if self.unanswered >= 2:
            self.leader = self.peers[(self.peers.index(self.leader) + 1) % len(self.peers)]
            self.unanswered = 0
        self.unanswered += 1
        return self.leader
