"""Rules of `_ops/control_flow.py`."""

RULES: dict = {}
