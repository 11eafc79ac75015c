"""Streaming: entries to Socket.IO rooms, with catch-up and back-pressure."""
