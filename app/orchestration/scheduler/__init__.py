"""The scheduler: queue, cache, cycle and plug-ins. Sans-I/O; the control plane turns its decisions into writes."""
