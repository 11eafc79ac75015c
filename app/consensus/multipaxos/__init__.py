"""Multi-Paxos. Start reading at the README's table, then `acceptor.py`."""
