"""The command line: `graphflow` or `python -m graphflow [--check] script.py args...`."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import traceback

from graphflow._launcher import before_one, check, imports, python2, siblings, source, surroundings

USAGE = """usage: python -m graphflow [--plain | --python2] script.py [arguments of the script]
       python -m graphflow [--plain | --python2] notebook.ipynb
       python -m graphflow [--plain] -m module [arguments]
       python -m graphflow --check script.py ...

Runs a TensorFlow 1 script or notebook unmodified: `tensorflow` and `keras` mean graphflow in it. Names that NumPy, SciPy and others
had then are supplied while it runs, and Python 2 is converted, in memory; --plain does neither, and --python2 takes for Python 2
what reads as Python 3 too.
--check only reads the scripts, and lists what they need that graphflow lacks, with line numbers."""


def main(argv):
    """Runs the command; returns the exit status."""
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if argv else 2
    if argv[0] == "--check":
        return _check(argv[1:])
    plain, old = argv[0] == "--plain", argv[0] == "--python2"
    rest = argv[1:] if plain or old else argv
    as_module = rest[:1] == ["-m"]
    rest = rest[1:] if as_module else rest
    if not rest:
        print(USAGE, file=sys.stderr)
        return 2
    if not as_module and not os.path.exists(rest[0]):
        print(f"graphflow: there is no file {rest[0]}", file=sys.stderr)
        return 2
    finder = imports.install()
    before = list(sys.argv), list(sys.path), sys.modules["__main__"]
    try:
        with contextlib.nullcontext() if plain else surroundings.Supplied():
            _run(rest, as_module, plain, old)
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before
        imports.remove(finder)
    return 0


def command():
    """The command `graphflow`: as `python -m graphflow`, but nothing in the current folder can hide one of Python's own modules."""
    sys.exit(main(sys.argv[1:]))


def _run(rest, as_module, plain, old):
    sys.argv = list(rest)
    if as_module:
        sys.path.insert(0, os.getcwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        return
    path = rest[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    pieces = source.read(path)
    old = old or (not plain and source.is_python2(pieces))
    if old:
        print(f"graphflow: {path} is Python 2; running it converted to Python 3", file=sys.stderr)
        pieces = source.to_python3(pieces)
    sys.modules["__main__"] = module = source.main_module(path, siblings.NAMES)
    with (
        contextlib.nullcontext() if plain else siblings.converted(),
        python2.text_is_bytes() if old else contextlib.nullcontext(),
        before_one.running([piece.text for piece in pieces]),
    ):
        classic_division = old
        for piece in pieces:
            classic_division = classic_division and not source.asks_true_division(piece)
            try:
                exec(source.compiled(piece, classic_division, old_methods=not plain), module.__dict__)
            except Exception as error:
                if type(error).__name__ not in piece.failures:
                    raise
                traceback.print_exception(error)


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
        except (OSError, ValueError) as err:
            print(f"{path}: cannot be read: {err}")
            missing += 1
    return 1 if missing else 0
