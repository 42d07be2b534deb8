"""Rules of `_ops/tensor_array.py`."""

RULES: dict = {}
