"""Everything a developer runs, from a bare Python 3.11 or newer: makes .venv, installs graphflow, runs a job.

    python3 dev.py recap    train a network on handwritten digits and save two pictures (the main job)
    python3 dev.py test     run the tests; further arguments go to pytest
    python3 dev.py check    lint, then types
    python3 dev.py bench    print a table of speed ratios

Only the standard library is used here, in syntax that an older Python can still read, so that it can say no.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed-for.txt"

JOBS = {
    "recap": [["examples/recap.py"]],
    "test": [["-m", "pytest", "-n", "auto", "--maxprocesses", "8"]],
    "check": [["-m", "ruff", "check", "."], ["-m", "mypy"]],
    "bench": [["-m", "benchmarks.run"], ["-m", "benchmarks.processes"]],
}


def say(words):
    print("[dev]", words, flush=True)


def run(command):
    """Runs a command in the checkout; a failing one ends this program with its exit status."""
    status = subprocess.call([str(part) for part in command], cwd=str(ROOT))
    if status:
        say("failed (exit status {}): {}".format(status, " ".join(str(part) for part in command)))
        sys.exit(status)


def install():
    """Makes .venv and installs into it, unless that was done for this pyproject.toml at this place."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    say("making a virtual environment in {}".format(VENV))
    run([sys.executable, "-m", "venv", VENV])
    say("installing graphflow and what it needs into it (the first time takes a few minutes)")
    run([PYTHON, "-m", "pip", "install", "--progress-bar", "off", "-e", ".[test,examples,lint]"])
    run([PYTHON, "-m", "compileall", "-q", "graphflow", "graphflow_keras"])  # where byte code is not written on import
    STAMP.write_text(wanted)


def main(arguments):
    if not arguments or arguments[0] not in JOBS:
        sys.exit(__doc__)
    if sys.version_info < (3, 11):
        sys.exit("graphflow needs Python 3.11 or newer; this is {}. Try: python3.11 dev.py {}".format(
            sys.version.split()[0], arguments[0]))
    install()
    for command in JOBS[arguments[0]]:
        say("running " + " ".join(command + arguments[1:]))
        run([PYTHON] + command + arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
