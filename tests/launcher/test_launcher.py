"""`python -m graphflow`: scripts that say `tensorflow` run, and what they lack is told before."""

import importlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import graphflow as tf
from graphflow._launcher import check, imports, methods


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


def test_text_that_is_no_python_is_told(tmp_path):
    (tmp_path / "old.py").write_text("print 'hello'\n((\n")
    assert (
        "old.py:" in (told := launch("--check", "old.py", cwd=tmp_path).stdout)
        and "neither Python 3 nor Python 2" in told
    )


def test_tensorflow_is_given_back_afterwards():
    finder = imports.install()
    imports.remove(finder)
    assert finder not in sys.meta_path


def test_private_modules_named_like_what_they_hold():
    finder = imports.install()
    try:
        ops = importlib.import_module("tensorflow.python.ops")
        assert ops.variable_scope.variable_scope is tf.variable_scope
        assert importlib.import_module("tensorflow.python.ops.gradients").gradients is tf.gradients
        assert issubclass(ops.init_ops.zeros_initializer, ops.init_ops.Initializer)
    finally:
        imports.remove(finder)


def test_names_from_before_1_0(tmp_path):
    (tmp_path / "old.py").write_text(
        "import tensorflow as tf\nfrom tensorflow.python.framework import tensor_shape\n"
        "print(tf.Session().run(tf.mul(tf.pack([1, 2]), 3)), tensor_shape.scalar())\n"
    )
    assert launch("old.py", cwd=tmp_path).stdout == "[3 6] ()\n"
    assert check.check("import tensorflow as tf\ntf.mul\ntf.concat_v2\n") == []


KERAS_SCRIPT = """
import sys
import tensorflow as tf
import keras
import keras.backend.tensorflow_backend as KTF
from keras import backend as K
from keras.engine.topology import Layer
from keras.layers import Dense, Input
from keras.layers.core import Dropout
from keras.models import Model, Sequential
from keras.utils.np_utils import to_categorical
from tensorflow import keras as keras_of_tf
from tensorflow.keras import layers
from tensorflow.keras.layers import Dense as DenseOfTF
from tensorflow.python.keras.layers.core import Dense as DenseInside
from tensorflow.python.keras.engine import base_layer
from tensorflow.contrib.keras.python.keras.layers import core as core_of_contrib
import graphflow_keras

assert keras is tf.keras is keras_of_tf is graphflow_keras
assert Dense is DenseOfTF is DenseInside is tf.keras.layers.Dense is graphflow_keras.layers.Dense
assert layers is keras.layers is sys.modules["keras.layers"] and base_layer.Layer is Layer is tf.keras.layers.Layer
assert K.backend() == "tensorflow" and K.tf.Session is tf.Session and KTF.get_session is K.get_session
assert Model is tf.keras.Model and Sequential is tf.keras.Sequential and Input is tf.keras.Input
assert tf.keras.__version__ == "2.2.4" and tf.keras.utils.to_categorical is to_categorical
assert core_of_contrib is keras.layers.core and tf.contrib.keras is keras
assert keras.layers.__spec__.name == keras.layers.__name__ == "graphflow_keras.layers"
assert tf.keras.backend is K and tf.keras.optimizers.SGD and tf.keras.datasets.mnist and tf.keras.callbacks.EarlyStopping
model = Sequential([Dense(2, input_shape=(3,)), Dropout(0.5)])
print(model.output_shape)
try:
    import keras.no_such_part
except ImportError as err:
    print(err)
"""


def test_keras_means_graphflow_keras_by_all_its_names(tmp_path):
    (tmp_path / "k.py").write_text(KERAS_SCRIPT)
    done = launch("k.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(None, 2)\nNo module named 'keras.no_such_part'\n"
    assert done.stderr == "Using TensorFlow backend.\n"


def test_what_is_missing_of_keras_is_listed():
    source = "from keras.layers import Dense, Dence\nimport tensorflow as tf\ntf.keras.layers.LSTM(2)\ntf.keras.layers.LTSM\n"
    found = check.check(source)
    assert [(m.line, m.name) for m in found] == [(1, "keras.layers.Dence"), (4, "tensorflow.keras.layers.LTSM")]
    assert "Dense" in found[0].hint and "LSTM" in found[1].hint


def test_graphflow_keras_is_loaded_when_asked_for_and_only_once():
    code = """
import sys
import graphflow as tf
assert not [name for name in sys.modules if "keras" in name]
assert "keras" in dir(tf)
from graphflow.keras.layers import Dense
from graphflow.keras import backend as K
import graphflow.keras.utils.np_utils as utils
import graphflow_keras
assert tf.keras is graphflow_keras and Dense is graphflow_keras.layers.Dense and K is graphflow_keras.backend
assert utils.__name__ == "graphflow_keras.utils.np_utils"
try:
    import graphflow.keras.layers.core.nothing
except ModuleNotFoundError as err:
    print(err)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No module named 'graphflow.keras.layers.core.nothing'")


def test_keras_is_given_back_afterwards():
    finder = imports.install()
    layers = importlib.import_module("keras.layers")
    imports.remove(finder)
    assert layers.__name__ == "graphflow_keras.layers"
    assert not {"keras", "keras.layers"} & set(sys.modules)


def test_methods_that_arrays_had(tmp_path):
    (tmp_path / "helper.py").write_text(
        "def words(text):\n    print 'old', 3 / 2\n    return text.decode('utf-8').split()\n"
    )
    script = """
        import numpy as np
        from helper import words
        a = np.array([[1, 2], [3, 9]], np.uint8)
        a.itemset((0, 1), 7)
        a.itemset(0, 5)
        print(a.tostring() == a.tobytes(), a.ptp(), a.ptp(axis=0), a.newbyteorder().dtype, a.tolist(), words('a b'))
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    done = launch("script.py", cwd=tmp_path)
    assert done.stdout.splitlines() == ["old 1", "True 6 [2 2] uint8 [[5, 7], [3, 9]] ['a', 'b']"], done.stderr
    assert not (tmp_path / "__pycache__").exists()  # byte code of converted text is of no use to others


def test_modules_elsewhere_are_as_old_as_the_script(tmp_path):
    (tmp_path / "lib" / "tools").mkdir(parents=True)
    (tmp_path / "lib" / "tools" / "__init__.py").write_text("import httplib\n")
    (tmp_path / "lib" / "tools" / "ratio.py").write_text("try:\n    half = 3 / 2\nexcept ValueError, e:\n    print e\n")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "script.py").write_text(
        "import sys\nsys.path.append('lib')\nfrom tools import httplib, ratio\nprint(ratio.half, httplib.OK == 200)\n"
    )
    done = launch("job/script.py", cwd=tmp_path)
    assert done.stdout == "1 True\n", done.stderr


def test_bytes_as_numbers(tmp_path):
    text = "import numpy as np\nprint(np.fromstring(b'\\1\\0\\2\\0', 'Int16'), np.fromstring('3 4', int, sep=' '))\n"
    (tmp_path / "script.py").write_text(text)
    assert launch("script.py", cwd=tmp_path).stdout == "[1 2] [3 4]\n"


def test_files_of_objects(tmp_path):
    path = str(tmp_path / "weights.npy")
    np.save(path, {"conv1": [1, 2]}, allow_pickle=True)
    assert methods.method(np, "load")(path, encoding="latin1").item() == {"conv1": [1, 2]}
    with pytest.raises(ValueError, match="allow_pickle=False"):
        methods.method(np, "load")(path, allow_pickle=False)


def test_methods_that_tables_had():
    class Table(dict):
        def to_numpy(self):
            return list(self)

    Table.__module__ = "pandas.core.frame"
    table = Table(a=1, b=2)
    assert methods.method(table, "as_matrix")() == ["a", "b"] and list(methods.method(table, "iteritems")())[0] == (
        "a",
        1,
    )
    with pytest.raises(AttributeError):
        methods.method({}, "as_matrix")


def test_old_names_below_the_top(tmp_path):
    (tmp_path / "old.py").write_text(
        "import tensorflow as tf\nfrom tensorflow.contrib.legacy_seq2seq.python.ops import seq2seq\n"
        "print(tf.nn.rnn is tf.nn.static_rnn, seq2seq is not tf.contrib.seq2seq, seq2seq.sequence_loss_by_example)\n"
    )
    assert launch("old.py", cwd=tmp_path).stdout.startswith("True True <function sequence_loss_by_example")


def test_plain_runs_leave_methods_alone(tmp_path):
    (tmp_path / "script.py").write_text("'text'.decode('utf-8')\n")
    assert "has no attribute 'decode'" in launch("--plain", "script.py", cwd=tmp_path).stderr
