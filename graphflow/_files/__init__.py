"""File formats in plain Python: checkpoints, records, event files, and the files themselves."""
