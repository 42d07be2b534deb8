"""Every snippet of the lecture's Keras cheat sheet runs as printed, one after the other, on small made-up data.

The snippets stand in `cheat_sheet/`, imports and all. Between them the sheet takes some things for granted, or
reuses a name for something else; what is added there is in `BEFORE`, what must hold after a snippet in `AFTER`.
"""

import subprocess
import sys
from pathlib import Path

import pytest

SHEET = sorted((Path(__file__).parent / "cheat_sheet").glob("*.txt"))

DATA = """
import io
import urllib.request
import numpy as np
from keras.datasets import boston_housing, cifar10, imdb, mnist

rng = np.random.RandomState(0)
np.random.seed(0)

def pictures(*shape):
    return lambda: tuple((rng.randint(0, 256, (n, *shape)).astype('uint8'), rng.randint(0, 10, n)) for n in (40, 20))

def reviews(num_words):
    texts = np.empty(24, object)
    texts[:] = [[1] + rng.randint(3, num_words, rng.randint(5, 120)).tolist() for _ in texts]
    return (texts[:16], rng.randint(0, 2, 16)), (texts[16:], rng.randint(0, 2, 8))

def houses():
    return (rng.rand(40, 13), 50 * rng.rand(40)), (rng.rand(20, 13), 50 * rng.rand(20))

def patients(url):
    assert url.endswith('pima-indians-diabetes.data')
    file = io.BytesIO()
    np.savetxt(file, np.hstack([rng.rand(40, 8), rng.randint(0, 2, (40, 1))]), delimiter=',')
    file.seek(0)
    return file

mnist.load_data, cifar10.load_data = pictures(28, 28), pictures(32, 32, 3)
imdb.load_data, boston_housing.load_data = reviews, houses
urllib.request.urlopen = patients
"""

BEFORE = {
    "data_sets": DATA,
    "mlp_multi_class": "binary, model = model, Sequential()",
    "mlp_regression": "multi_class, model = model, Sequential()\ntrain_data = x_train2",
    "cnn": "regression = model\nx_train = x_train3",
    "train_and_test_sets": "x = X",
    "compile_binary": "model = binary",
    "compile_multi_class": "model = multi_class",
    "compile_regression": "model = regression",
    "evaluation": "x_test, y_test = x_test4, y_test4",
    "save_and_reload": "model3.save('my_model.h5')",
}

AFTER = {
    "basic_example": """
assert predictions.shape == (1000, 1) and 0 <= predictions.min() <= predictions.max() <= 1
assert len(model.history.history['loss']) == 10
""",
    "data_sets": "assert x_train.shape == (40, 28, 28) and len(x_train4) == 16 and y_test3.shape == (20,)",
    "other_data": "assert X.shape == (40, 8) and y.shape == (40,)",
    "sequence_padding": "assert x_train4.shape == (16, 80) and x_test4.shape == (8, 80)",
    "one_hot_encoding": "assert Y_train.shape == Y_train3.shape == (40, 10) and (Y_test.sum(1) == 1).all()",
    "mlp_binary": "assert model.output_shape == (None, 1) and model.count_params() == 108 + 104 + 9",
    "mlp_multi_class": "assert model.output_shape == (None, 10) and model.count_params() == 669706",
    "mlp_regression": "assert model.output_shape == (None, 1) and model.count_params() == 961",
    "cnn": "assert model2.output_shape == (None, 10) and model2.count_params() == 1250858",
    "rnn": "assert model3.output_shape == (None, 1) and model3.count_params() == 2560000 + 131584 + 129",
    "train_and_test_sets": "assert x_train5.shape == (26, 8) and y_test5.shape == (14,)",
    "standardization": "assert abs(standardized_X.mean(0)).max() < 1e-6 and standardized_X_test.shape == (20, 13)",
    "inspect_model": """
assert model.output_shape == (None, 1) and len(model.get_weights()) == 4
assert [layer['class_name'] for layer in model.get_config()['layers']] == ['Dense', 'Dense']
""",
    "compile_binary": "model.fit(X, y, verbose=0)",
    "compile_multi_class": "assert len(model.evaluate(mnist.load_data()[0][0].reshape(40, 784) / 255., Y_train, verbose=0)) == 2",
    "compile_regression": "assert len(model.train_on_batch(x_train2, y_train2)) == 2",
    "training": """
assert model3.history.epoch == list(range(15))
assert sorted(model3.history.history) == ['acc', 'loss', 'val_acc', 'val_loss']
assert model3.history.history['loss'][-1] < model3.history.history['loss'][0]
""",
    "evaluation": "assert len(score) == 2 and 0 <= score[1] <= 1",
    "prediction": """
assert (model3.predict_classes(x_test4) == (model3.predict(x_test4) > 0.5)).all()
""",
    "save_and_reload": "np.testing.assert_allclose(my_model.predict(x_test4), model3.predict(x_test4), rtol=1e-5)",
    "optimization_parameters": "assert abs(opt.get_config()['lr'] - 0.0001) < 1e-9 and model2.optimizer is opt",
    "early_stopping": "assert model3.history.epoch[-1] <= 14 and early_stopping_monitor.patience == 2",
}


def name_of(path):
    return path.stem.partition("_")[2]


def statements(transcript):
    """The statements of a `>>>` transcript; lines without prompt go on with the statement before."""
    found = []
    for line in transcript.splitlines():
        if line.startswith(">>> "):
            found.append(line.removeprefix(">>> "))
        elif line.strip():
            found[-1] += " " + line.strip()
    return found


def program():
    """The whole sheet as one script that says which snippet it has come to."""
    parts = []
    for path in SHEET:
        name = name_of(path)
        parts += [BEFORE.get(name, ""), *statements(path.read_text()), AFTER.get(name, ""), f"print('\\nDONE {name}')"]
    return "\n".join(parts)


@pytest.mark.parametrize("through_launcher", [True, False], ids=["launcher", "graphflow_keras"])
def test_the_sheet_runs_as_printed(through_launcher, tmp_path):
    text = program() if through_launcher else program().replace("from keras", "from graphflow_keras")
    (tmp_path / "sheet.py").write_text(text)
    command = [sys.executable, *(["-m", "graphflow"] if through_launcher else []), "sheet.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    reached = [line.removeprefix("DONE ") for line in done.stdout.splitlines() if line.startswith("DONE ")]
    assert done.returncode == 0, f"stopped after {reached[-1:]}:\n{done.stderr[-3000:]}"
    assert reached == [name_of(path) for path in SHEET]
    assert "Total params: 961" in done.stdout and "Epoch 15/15" in done.stdout


def test_all_that_is_added_belongs_to_a_snippet():
    names = {name_of(path) for path in SHEET}
    assert len(SHEET) == 24 and set(BEFORE) | set(AFTER) <= names


def test_lines_without_prompt_go_on():
    assert statements(">>> from a import b,\n        c\n\n>>> f(1,\n      2)\n") == ["from a import b, c", "f(1, 2)"]
