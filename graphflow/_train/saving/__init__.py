"""Saver, checkpoints, meta graphs, saved models."""
