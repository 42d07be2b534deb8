"""The command line: `python -m graphflow [--check] script.py args...`."""

from __future__ import annotations

import os
import runpy
import sys

from graphflow._launcher import check, imports

USAGE = """usage: python -m graphflow script.py [arguments of the script]
       python -m graphflow -m module [arguments]
       python -m graphflow --check script.py ...

Runs a TensorFlow 1 script unmodified: `tensorflow` means graphflow in it.
--check only reads the scripts, and lists what they need that graphflow lacks, with line numbers."""


def main(argv):
    """Runs the command; returns the exit status."""
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if argv else 2
    if argv[0] == "--check":
        return _check(argv[1:])
    as_module = argv[0] == "-m"
    rest = argv[1:] if as_module else argv
    if not rest:
        print(USAGE, file=sys.stderr)
        return 2
    if not as_module and not os.path.exists(rest[0]):
        print(f"graphflow: there is no file {rest[0]}", file=sys.stderr)
        return 2
    finder = imports.install()
    before = list(sys.argv), list(sys.path)
    try:
        _run(rest, as_module)
    finally:
        sys.argv, sys.path[:] = before
        imports.remove(finder)
    return 0


def _run(rest, as_module):
    sys.argv = list(rest)
    if as_module:
        sys.path.insert(0, os.getcwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(rest[0])))
        runpy.run_path(rest[0], run_name="__main__")


def _check(paths):
    if not paths:
        print(USAGE, file=sys.stderr)
        return 2
    missing = 0
    for path in paths:
        try:
            missing += check.report(path)
        except SyntaxError as err:
            print(f"{path}:{err.lineno}: not Python 3: {err.msg}")
            missing += 1
        except (OSError, UnicodeDecodeError) as err:
            print(f"{path}: cannot be read: {err}")
            missing += 1
    return 1 if missing else 0
