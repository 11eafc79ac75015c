"""Single-decree Paxos: one value, as section 2 of "Paxos Made Simple" tells it. Start reading at `proposer.py`."""
