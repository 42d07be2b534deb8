"""Probability distributions: sample, log_prob, moments, entropy, and the divergence of two."""
