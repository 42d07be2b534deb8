"""Rules of `_ops/nn.py`."""

RULES: dict = {}
