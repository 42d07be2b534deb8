"""Rules of `_ops/host.py`."""

RULES: dict = {}
