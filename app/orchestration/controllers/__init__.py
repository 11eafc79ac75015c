"""The reconcile loops: jobs, node lifecycle, pod garbage collection. The control plane proposes their writes."""
