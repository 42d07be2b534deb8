"""Ready-made tools over a session."""
