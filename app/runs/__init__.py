"""Live runs: virtual against real time, commands in, entries out."""
