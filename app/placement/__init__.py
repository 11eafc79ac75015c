"""How well pods are placed, and why where they are: read from the log and the picture alone."""
