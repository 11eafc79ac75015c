"""The rig that starts a PostgreSQL server of its own, and the tests of that rig."""
