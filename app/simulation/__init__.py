"""The physics of a simulated world: event loop, random streams, network, disks, machines. Knows no protocol."""
