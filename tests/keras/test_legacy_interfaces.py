"""Keras 1 argument names of methods; those of layers are compared with Keras itself."""

import warnings

import numpy as np
import pytest

from graphflow_keras import layers
from graphflow_keras.legacy import interfaces


class Model:
    @interfaces.legacy_generator_methods_support
    def fit_generator(self, generator, steps_per_epoch=None, epochs=1, **kwargs):
        return {"generator": generator, "steps_per_epoch": steps_per_epoch, "epochs": epochs, **kwargs}

    @interfaces.legacy_add_weight_support
    def add_weight(self, name, shape, **kwargs):
        return name, shape, kwargs

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        return loss, params

    @interfaces.legacy_model_constructor_support
    def connect(self, inputs, outputs):
        return inputs, outputs


class Batches:
    batch_size = 8


def test_a_name_is_changed_with_a_warning():
    with pytest.warns(
        UserWarning, match=r"Update your `Model` call to the Keras 2 API: `Model\(inputs=1, outputs=2\)`"
    ):
        assert Model().connect(input=1, output=2) == (1, 2)


def test_the_warning_points_at_the_caller():
    with pytest.warns(UserWarning) as caught:
        layers.Dropout(p=0.5)
    assert caught[0].filename == __file__


def test_new_names_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Model().fit_generator([1], 2, 3)["epochs"] == 3
        assert Model().connect(1, 2) == (1, 2)


def test_samples_become_batches():
    with pytest.warns(UserWarning, match=r"Update your `fit_generator` call"):
        arguments = Model().fit_generator(Batches(), samples_per_epoch=80)
    assert arguments["steps_per_epoch"] == 10


def test_old_names_of_generator_methods():
    with pytest.warns(UserWarning) as caught:
        arguments = Model().fit_generator(
            [1], 5, nb_epoch=2, nb_val_samples=4, max_q_size=3, pickle_safe=True, nb_worker=2
        )
    assert [str(warning.message)[:20] for warning in caught] == ["The semantics of the", "Update your `fit_gen"]
    assert arguments == {
        "generator": [1],
        "steps_per_epoch": 5,
        "epochs": 2,
        "validation_steps": 4,
        "max_queue_size": 3,
        "use_multiprocessing": True,
        "workers": 2,
    }


def test_add_weight_with_the_shape_first():
    assert Model().add_weight((2, 3), "kernel", initializer="ones") == ("kernel", (2, 3), {"initializer": "ones"})
    assert Model().add_weight((2, 3), name="kernel") == ("kernel", (2, 3), {})
    assert Model().add_weight("kernel", (2, 3)) == ("kernel", (2, 3), {})


def test_get_updates_with_constraints():
    assert Model().get_updates([1], {}, 2) == (2, [1])
    assert Model().get_updates([1], {}, loss=2) == (2, [1])
    assert Model().get_updates(2, [1]) == (2, [1])
    with pytest.raises(TypeError, match="more arguments"):
        Model().get_updates(1, 2, 3, 4)


def test_both_names_at_once():
    with pytest.raises(TypeError, match="received both the legacy keyword argument `p` and"):
        layers.Dropout(p=0.5, rate=0.5)


def test_long_values_are_cut_in_the_warning():
    with pytest.warns(UserWarning, match=r"`Dense\(3, weights=array, use_bias=False\)`"):
        layers.Dense(3, weights=np.zeros(3), bias=False)
    with pytest.warns(UserWarning, match=r"`Cropping2D\(\(\(1, 1\), \(\.\.\., data_format=None\)`"):
        layers.Cropping2D(((1, 1), (1, 1)), dim_ordering="default")


def test_padding_as_a_dict():
    with pytest.warns(UserWarning, match="no longer accepts dict"):
        layer = layers.ZeroPadding2D({"top_pad": 1, "right_pad": 2})
    assert layer.padding == ((1, 0), (0, 2))


def test_the_function_itself_stays_reachable():
    assert layers.Dense.__init__._original_function is layers.Dense.__init__.__wrapped__


BY_POSITION = {
    "dense": (lambda: layers.Dense(4, "relu", False), lambda: layers.Dense(4, activation="relu", use_bias=False)),
    "conv2d": (
        lambda: layers.Conv2D(4, (3, 3), (2, 2), "same"),
        lambda: layers.Conv2D(4, (3, 3), strides=(2, 2), padding="same"),
    ),
    "conv2d of numbers": (
        lambda: layers.Conv2D(4, 3, 2, "same"),
        lambda: layers.Conv2D(4, 3, strides=2, padding="same"),
    ),
    "embedding": (
        lambda: layers.Embedding(9, 4, "uniform"),
        lambda: layers.Embedding(9, 4, embeddings_initializer="uniform"),
    ),
    "lstm": (lambda: layers.LSTM(4, "relu"), lambda: layers.LSTM(4, activation="relu")),
}


@pytest.mark.parametrize("kind", BY_POSITION)
def test_arguments_by_position(kind):
    given, named = (make().get_config() for make in BY_POSITION[kind])
    assert {**given, "name": None} == {**named, "name": None}


def test_numbers_by_position_are_the_sides_of_a_kernel():
    with pytest.warns(UserWarning, match="Update your `Conv2D` call"):
        assert layers.Conv2D(4, 3, 2).kernel_size == (3, 2)
