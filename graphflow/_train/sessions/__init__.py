"""Sessions that look after training: hooks round each run, checkpoints, summaries, recovery."""
