"""Flags: absl's, parsed when first read, and a program's start."""

import subprocess
import sys
import textwrap

import pytest


def run(tmp_path, text, *arguments):
    """The output of a script under the launcher."""
    (tmp_path / "script.py").write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "graphflow", "script.py", *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


SCRIPT = """
    import tensorflow as tf
    flags = tf.app.flags
    flags.DEFINE_string("log_dir", "here", "its own log_dir")
    flags.DEFINE_integer(flag_name="steps", default_value=3, docstring="old names")
    tf.flags.DEFINE_boolean("fast", False, "")
    tf.app.flags.DEFINE_float("rate", 0.5, "")
    flags.DEFINE_enum("kind", "a", ["a", "b"], "")
    FLAGS = flags.FLAGS

    def main(rest):
        print(FLAGS.log_dir, FLAGS.steps, FLAGS.fast, FLAGS.rate, FLAGS.kind, rest[1:], "steps" in FLAGS)
        FLAGS.steps = 9
        print(tf.flags.FLAGS.steps)

    if __name__ == "__main__":
        tf.app.run()
"""


def test_a_program_with_flags(tmp_path):
    done = run(tmp_path, SCRIPT, "--log_dir=there", "--steps", "4", "--fast", "more", "--unknown=1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "there 4 True 0.5 a ['more', '--unknown=1'] True\n9\n"


def test_flags_parse_themselves(tmp_path):
    text = """
        import tensorflow as tf
        tf.flags.DEFINE_string("name", "nobody", "")
        print(tf.flags.FLAGS.name)
    """
    assert run(tmp_path, text, "--name", "Ada").stdout == "Ada\n"


@pytest.mark.parametrize("arguments", [["--steps=three"], ["--kind=c"]])
def test_bad_values_end_the_program(tmp_path, arguments):
    done = run(tmp_path, SCRIPT, *arguments)
    assert done.returncode == 1 and "Flags parsing error" in done.stderr and "Traceback" not in done.stderr


def test_the_exit_status_is_what_main_returns(tmp_path):
    assert run(tmp_path, "import tensorflow as tf\ntf.app.run(lambda _: 3)").returncode == 3
