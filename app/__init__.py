"""Synod: a distributed system that you can hold in your hands."""
