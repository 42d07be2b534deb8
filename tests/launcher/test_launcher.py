"""`python -m graphflow`: scripts that say `tensorflow` run, and what they lack is told before."""

import subprocess
import sys
import textwrap

from graphflow._launcher import check, imports


def launch(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "graphflow", *args], capture_output=True, text=True, cwd=cwd, check=False
    )


def test_an_unmodified_script_runs(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent("""
        import sys
        import helper
        import tensorflow as tf
        import tensorflow.compat.v1 as v1
        from tensorflow.python.framework import ops
        assert v1.Session is tf.Session and ops.get_default_graph() is tf.get_default_graph()
        x = tf.placeholder(tf.float32, [])
        with tf.Session() as sess:
            print(sess.run(helper.double(x), {x: 21.0}), sys.argv[1:], tf.__version__)
        """)
    )
    (tmp_path / "helper.py").write_text("def double(x):\n    return x + x\n")
    done = launch("train.py", "--steps", "3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "42.0 ['--steps', '3'] 1.15.5\n"


def test_a_module_runs(tmp_path):
    (tmp_path / "job.py").write_text("import tensorflow as tf\nprint(tf.constant(1).dtype.name, __name__)\n")
    assert launch("-m", "job", cwd=tmp_path).stdout == "int32 __main__\n"


def test_the_exit_status_is_the_scripts(tmp_path):
    (tmp_path / "bad.py").write_text("import sys\nsys.exit(7)\n")
    assert launch("bad.py", cwd=tmp_path).returncode == 7
    assert launch("none.py", cwd=tmp_path).returncode == 2


def test_what_is_missing_is_listed_with_lines():
    source = (
        "import tensorflow as tf\nx = tf.placeholder(tf.float32)\ny = tf.no_such_thing.at_all(x)\nz = tf.nn.rellu(x)\n"
    )
    found = check.check(source)
    assert [(m.line, m.name) for m in found] == [(3, "tensorflow.no_such_thing"), (4, "tensorflow.nn.rellu")]
    assert "relu" in found[1].hint


def test_imports_of_missing_parts_are_listed():
    found = check.check("from tensorflow.python.framework import ops\nfrom tensorflow.nowhere import thing\n")
    assert [(m.line, m.name) for m in found] == [(2, "tensorflow.nowhere")]


def test_check_does_not_run_the_script(tmp_path):
    (tmp_path / "s.py").write_text("import tensorflow as tf\nraise SystemExit('ran')\ntf.gone\n")
    done = launch("--check", "s.py", cwd=tmp_path)
    assert (
        done.returncode == 1
        and "s.py:3: tensorflow.gone is not in graphflow" in done.stdout
        and "ran" not in done.stderr
    )


def test_python_2_is_told(tmp_path):
    (tmp_path / "old.py").write_text("print 'hello'\n")
    assert "old.py:1: not Python 3" in launch("--check", "old.py", cwd=tmp_path).stdout


def test_tensorflow_is_given_back_afterwards():
    finder = imports.install()
    imports.remove(finder)
    assert finder not in sys.meta_path


def test_names_from_before_1_0(tmp_path):
    (tmp_path / "old.py").write_text(
        "import tensorflow as tf\nfrom tensorflow.python.framework import tensor_shape\n"
        "print(tf.Session().run(tf.mul(tf.pack([1, 2]), 3)), tensor_shape.scalar())\n"
    )
    assert launch("old.py", cwd=tmp_path).stdout == "[3 6] ()\n"
    assert check.check("import tensorflow as tf\ntf.mul\ntf.concat_v2\n") == []
