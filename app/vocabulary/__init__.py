"""What the parts of Synod say to each other: ids, units, events, commands, effects and the log's `Entry`."""
