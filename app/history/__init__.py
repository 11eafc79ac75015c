"""History: what happened, in a database, and any moment of it back again."""
