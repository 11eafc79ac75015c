"""Tests that use the page as a person does: a real server process, a real Chromium."""
