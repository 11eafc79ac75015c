"""The edge: pages, REST, health. Parse, call, render."""
