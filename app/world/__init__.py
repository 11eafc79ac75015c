"""A cluster: hosts that perform effects, command intake, scenario, registry, the view."""
