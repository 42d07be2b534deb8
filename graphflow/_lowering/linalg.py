"""Rules of `_ops/linalg.py`."""

RULES: dict = {}
