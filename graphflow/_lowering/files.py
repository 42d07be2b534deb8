"""Rules of `_ops/files.py`."""

from __future__ import annotations

import os

import numpy as np

from graphflow._files import gfile
from graphflow._lowering import rule


def _read(ctx, op, name):
    with gfile.GFile(name.item(), "rb") as file:
        return np.array(file.read(), object)


def _write(ctx, op, name, contents):
    folder = os.path.dirname(name.item())
    if folder:
        gfile.makedirs(folder)
    with gfile.GFile(name.item(), "wb") as file:
        file.write(contents.item())
    return ()


def _matching(ctx, op, patterns):
    found = sorted({path for each in np.atleast_1d(patterns) for path in gfile.glob(each)})
    return np.array([path.encode() for path in found], object)


RULES = {
    "ReadFile": rule.Host(_read, because="it reads a file"),
    "WriteFile": rule.Host(_write, because="it writes a file"),
    "MatchingFiles": rule.Host(_matching, because="it looks for files"),
}
