"""The backend where the judge cannot be asked: settings, sessions, channels first, speed of functions, messages."""

import json

import numpy as np
import pytest
import scipy.sparse

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.backend import _session, _settings


@pytest.fixture(autouse=True)
def fresh_session():
    K.clear_session()
    yield
    K.clear_session()


# -- settings ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings_file(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    yield tmp_path / "home" / "keras.json"
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.set_image_data_format("channels_last")


def test_settings_file_is_written_and_read(settings_file):
    _settings.read_or_write()
    defaults = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
    assert json.loads(settings_file.read_text()) == defaults
    others = {"floatx": "float64", "epsilon": 0.5, "backend": "jax", "image_data_format": "channels_first"}
    settings_file.write_text(json.dumps(others))
    _settings.read_or_write()
    assert (K.floatx(), K.epsilon(), K.image_data_format(), K.backend()) == (
        "float64", 0.5, "channels_first", "tensorflow"
    )  # fmt: skip


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_broken_settings_file_is_left_alone(settings_file, text):
    settings_file.parent.mkdir()
    settings_file.write_text(text)
    _settings.read_or_write()
    assert (K.floatx(), settings_file.read_text()) == ("float32", text)


@pytest.mark.parametrize("settings", [{"floatx": "float8"}, {"epsilon": "small"}, {"image_data_format": 3}])
def test_a_meaningless_setting_is_refused(settings_file, settings):
    settings_file.parent.mkdir()
    settings_file.write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="keras.json: "):
        _settings.read_or_write()


# -- sessions ------------------------------------------------------------------------------------------------------------


def test_default_session_goes_first():
    own = K.get_session()
    assert K.get_session() is own
    with tf.Session() as session:
        assert K.get_session() is session
    other = tf.Session()
    K.set_session(other)
    assert K.get_session() is other


def test_variables_are_initialised_once():
    v = K.variable(1.0)
    K.set_value(v, 5.0)
    K.variable(2.0)
    assert K.get_value(v) == 5.0


def test_session_of_a_new_graph():
    K.get_value(K.variable(1.0))
    K.clear_session()
    assert K.get_uid("dense") == 1
    assert K.get_value(K.variable(3.0)) == 3.0


def test_learning_phase_inside_a_loop_is_the_one_outside():
    phase = K.learning_phase()

    def body(i, x):
        return i + 1, K.in_train_phase(x + 1.0, x)

    _, x = tf.while_loop(lambda i, x: i < 3, body, (0, 0.0))
    f = K.function([phase], [x])
    assert f([1]) == [3.0]
    assert f([0]) == [0.0]


# -- functions -----------------------------------------------------------------------------------------------------------


def test_function_is_prepared_once(monkeypatch):
    x = K.placeholder((None, 2))
    f = K.function([x], [x * 2.0])
    made = []
    original = tf.Session.make_callable
    monkeypatch.setattr(tf.Session, "make_callable", lambda *a, **k: made.append(1) or original(*a, **k))
    for rows in (1, 2, 3):
        assert f([np.ones((rows, 2))])[0].tolist() == [[2.0, 2.0]] * rows
    assert len(made) == 1


def test_function_follows_the_session():
    v = K.variable(1.0)
    f = K.function([], [v + 0.0])
    assert f([]) == [1.0]
    with tf.Session() as session:
        session.run(v.assign(7.0))
        assert f([]) == [7.0]


def test_function_runs_updates_after_outputs():
    v = K.variable(1.0)
    f = K.function([], [v + 0.0], updates=[(v, v * 2.0)])
    assert [f([])[0] for _ in range(3)] == [1.0, 2.0, 4.0]


def test_programs_for_sparse_batches_are_few():
    x = K.placeholder((None, 8), sparse=True)
    f = K.function([x], [K.to_dense(x), tf.shape(x.values)])
    sizes = set()
    for count in range(9):
        matrix = scipy.sparse.lil_matrix((4, 8), dtype="float32")
        matrix[0, :count] = 3.0
        dense, size = f([matrix])
        np.testing.assert_array_equal(dense, matrix.toarray())
        sizes.add(int(size[0]))
    assert sizes == {1, 2, 4, 8}


# -- channels first, as on a GPU -----------------------------------------------------------------------------------------


def channels_first_results():
    x = K.constant(np.random.RandomState(0).rand(2, 3, 6, 6))
    kernel = K.constant(np.random.RandomState(1).rand(2, 2, 3, 4))
    row = K.constant(np.random.RandomState(2).rand(2, 3, 6))
    steps = [
        K.conv2d(x, kernel, data_format="channels_first", padding="same"),
        K.conv2d_transpose(
            x, K.permute_dimensions(kernel, (0, 1, 3, 2)), (None, 4, 7, 7), data_format="channels_first"
        ),
        K.separable_conv1d(row, K.ones((2, 3, 1)), K.ones((1, 3, 4)), data_format="channels_first", strides=2),
        K.depthwise_conv2d(x, kernel[..., :1], data_format="channels_first"),
        K.pool2d(x, (2, 2), data_format="channels_first", pool_mode="avg"),
        K.bias_add(x, K.constant([1.0, 2.0, 3.0]), "channels_first"),
        K.normalize_batch_in_training(x, None, None, [0, 2, 3])[0],
        K.batch_normalization(x, *(K.constant(0.5, shape=(1, 3, 1, 1)) for _ in range(4)), axis=1),
    ]
    return K.get_session().run(steps)


def test_native_channels_first_gives_the_same(monkeypatch):
    turned = channels_first_results()
    monkeypatch.setattr(_session, "_has_nchw_support", lambda: True)
    operations = {op.get_attr("data_format") for op in conv_operations()}
    native = channels_first_results()
    assert {op.get_attr("data_format") for op in conv_operations()} - operations == {b"NCHW"}
    for theirs, ours in zip(turned, native):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def conv_operations():
    return [op for op in tf.get_default_graph().get_operations() if op.type == "Conv2D"]


def test_cpu_can_be_asked_for(monkeypatch):
    monkeypatch.setattr(_session, "_get_available_gpus", lambda: ["/device:GPU:0"])
    assert _session._has_nchw_support()
    with tf.device("/cpu:0"):
        assert not _session._has_nchw_support()


# -- messages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda: K.is_keras_tensor([1]), "Unexpectedly found an instance of type .*Expected a symbolic tensor"),
        (lambda: K.rnn(lambda x, s: (x, s), K.ones((2, 3)), []), r"at least 3D, \[batch, steps, features\]"),
        (lambda: K.function([], [], color=3), 'Invalid argument "color"'),
        (lambda: K.set_learning_phase(2), "0 or 1. Received: 2"),
        (
            lambda: K.ctc_decode(K.ones((1, 2, 3)), [2], False, 1, 2)[1].eval(session=K.get_session()),
            "raise beam_width",
        ),
    ],
)
def test_messages(misuse, message):
    with pytest.raises((ValueError, tf.errors.OpError), match=message):
        misuse()


def test_too_short_a_sequence_for_its_labels():
    labels, lengths = K.placeholder((1, 2), dtype="int32"), K.constant([[2]], "int32")
    cost = K.function([labels], [K.ctc_batch_cost(labels, K.ones((1, 2, 3)) / 3.0, lengths, lengths)])
    assert np.isfinite(cost([[[0, 1]]])[0]).all()
    with pytest.raises(tf.errors.InvalidArgumentError, match="Not enough time for target transition sequence"):
        cost([[[0, 0]]])
