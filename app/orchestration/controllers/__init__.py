"""The reconcile loops: jobs, node lifecycle, pod garbage collection. Pure judgements; the control plane proposes their writes."""
