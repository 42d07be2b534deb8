"""Rules of `_ops/training.py`."""

RULES: dict = {}
