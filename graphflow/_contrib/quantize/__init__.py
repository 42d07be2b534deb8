"""Quantization-aware training: a graph is rewritten so that it computes with the rounding of 8-bit arithmetic."""
