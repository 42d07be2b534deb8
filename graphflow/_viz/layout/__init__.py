"""Where boxes stand and how edges run."""
