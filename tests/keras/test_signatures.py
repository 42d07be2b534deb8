"""Arguments of tf.keras: taken beside Keras's signatures, or refused with what to do instead."""

import inspect

import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras import _signatures
from graphflow_keras import backend as K

LAYERS = keras.layers


@pytest.fixture
def tf_keras():
    keras.dialect.speak("tf.keras")
    yield
    keras.dialect.speak("keras")


def test_arguments_without_a_place_in_the_signature():
    @_signatures.also_takes("factor")
    def scale(x, factor=2):
        return x * factor

    assert list(inspect.signature(scale).parameters) == ["x"]
    assert (scale(3), scale(3, factor=5)) == (6, 15)


def test_an_argument_of_two_names():
    @_signatures.also_called(value="x")
    def same(x):
        return x

    assert (same(1), same(x=2), same(value=3)) == (1, 2, 3)
    with pytest.raises(TypeError):
        same(1, value=3)


def test_what_asks_for_nothing_is_not_refused():
    _signatures.refuse("Layer", "no way", ragged=False, partitioner=None)
    with pytest.raises(ValueError, match=r"Layer\(ragged=True\) is not supported: no way"):
        _signatures.refuse("Layer", "no way", ragged=True)


REFUSED = {  # what is asked for, and what the message has to name
    "ragged input": (lambda: keras.Input((None,), ragged=True), "pad_sequences"),
    "ragged input layer": (lambda: LAYERS.InputLayer((3,), ragged=True), "pad_sequences"),
    "ragged placeholder": (lambda: K.placeholder((2, None), ragged=True), "tf.ragged.placeholder"),
    "batch renormalization": (lambda: LAYERS.BatchNormalization(renorm=True), "tf.layers.batch_normalization"),
    "virtual batches": (lambda: LAYERS.BatchNormalization(virtual_batch_size=2), "tf.layers.batch_normalization"),
    "several axes": (lambda: LAYERS.BatchNormalization(axis=[1, 2]), "tf.layers.batch_normalization"),
    "another implementation": (lambda: LAYERS.LocallyConnected1D(1, 2, implementation=2), "implementation=1"),
    "a dynamic layer": (lambda: LAYERS.Dense(2, dynamic=True), "tf.py_func"),
    "a partitioned weight": (lambda: LAYERS.Layer().add_weight(shape=(2,), partitioner=len), "tf.get_variable"),
    "an unknown format": (lambda: _model().save("x", save_format="zip"), '"tf" or "h5"'),
    "signatures": (lambda: _model().save("x.h5", signatures={"a": 1}), "export_saved_model"),
    "nested pictures": (lambda: keras.utils.model_to_dot(_model(), expand_nested=True), "model.html"),
    "machines": (lambda: _model().compile("sgd", "mse", distribute="mirrored"), "one machine"),
    "a policy of two types": (
        lambda: LAYERS.Dense(2, dtype=keras.mixed_precision.experimental.Policy("mixed_bfloat16")),
        "cast its inputs",
    ),
    "a policy for all": (lambda: keras.mixed_precision.experimental.set_policy("float32"), "set_floatx"),
    "float32 weights for all": (
        lambda: keras.mixed_precision.experimental.set_policy("infer_with_float32_vars"),
        "use 'infer'",
    ),
    "a subclassed model to train again": (
        lambda: keras.experimental.export_saved_model(_called(keras.experimental.LinearModel()), "x"),
        "serving_only=True",
    ),
}


def _model():
    return keras.Sequential([LAYERS.Dense(1, input_shape=(2,))])


def _called(model):
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
    return model


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_alternative(name, tf_keras, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ask, alternative = REFUSED[name]
    with pytest.raises(ValueError) as caught:
        ask()
    assert alternative in str(caught.value)


def test_a_profile_is_not_kept_and_said_so(tmp_path):
    with pytest.warns(UserWarning, match="FULL_TRACE"):
        keras.callbacks.TensorBoard(str(tmp_path), profile_batch=5)
    keras.callbacks.TensorBoard(str(tmp_path), profile_batch=0)


def test_a_checkpoint_lacks_weights(tf_keras, tmp_path):
    _model().save_weights(str(tmp_path / "small"))
    larger = keras.Sequential([LAYERS.Dense(1, input_shape=(2,)), LAYERS.Dense(1)])
    with pytest.raises(ValueError, match="are not all in"):
        larger.load_weights(str(tmp_path / "small"))
    with pytest.raises(ValueError, match="by name"):
        larger.load_weights(str(tmp_path / "small"), by_name=True)


def test_layers_of_keras_know_no_arguments_of_tf_keras():
    with pytest.raises(TypeError, match="not understood"):
        LAYERS.Dense(2, autocast=False)


def test_submodules_are_the_layers_of_layers(tf_keras):
    inner, outer = LAYERS.Dense(1), LAYERS.Layer()
    outer.parts = {"first": [inner], "again": inner}
    holder = LAYERS.Layer()
    holder.part = outer
    assert [x is y for x, y in zip(holder.submodules, (outer, inner))] == [True, True] and len(holder.submodules) == 2
