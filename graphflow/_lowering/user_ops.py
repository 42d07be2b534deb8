"""Rules of `_ops/user_ops.py`."""

from __future__ import annotations

import numpy as np

from graphflow._lowering import rule

RULES = {"Fact": rule.Host(lambda ctx, op: np.array(b"0! == 1", object), because="it is a text", free=True)}
