"""Worlds beside the live ones: executed as fast as they go, in worker processes."""
