"""Cases taken from other projects' own tests, and whether this cluster decides them alike."""
