"""Where the layers do better than Keras 2.2.4, so that it cannot judge."""

import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras import backend as K
from graphflow_keras import layers


def test_dense_names_the_size_that_is_missing():
    with pytest.raises(ValueError, match=r"Dense dense_1: the last size of the input must be known.*\(None, None\)"):
        layers.Dense(3)(layers.Input((None,)))


def test_a_dilated_depthwise_convolution_knows_its_shape():
    x = layers.Input((7, 7, 2))
    y = layers.DepthwiseConv2D(2, dilation_rate=2)(x)
    value = K.function([x], [y])([np.ones((1, 7, 7, 2))])[0]
    assert K.int_shape(y)[1:] == value.shape[1:] == (5, 5, 2)


def test_a_mask_over_channels_first_steps():
    """Keras 2.2.4 lays the mask along the features here."""
    x, mask = layers.Input((2, 3)), layers.Input((3,))
    y = layers.GlobalAveragePooling1D(data_format="channels_first").call(x, mask=mask)
    value = K.function([x, mask], [y])([np.arange(6.0).reshape(1, 2, 3), [[1.0, 1.0, 0.0]]])[0]
    np.testing.assert_array_equal(value, [[0.5, 3.5]])


def test_a_mask_over_unknown_steps():
    """Keras 2.2.4 needs the number of steps here."""
    x = layers.Input((None, 2))
    y = layers.GlobalAveragePooling1D()(layers.Masking()(x))
    value = K.function([x], [y])([[[[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]]]])[0]
    np.testing.assert_array_equal(value, [[2.0, 3.0]])


def test_upsampling_checks_the_rank():
    with pytest.raises(ValueError, match="expected ndim=4"):
        layers.UpSampling2D()(layers.Input((3, 4)))


def test_a_locally_connected_layer_needs_its_length():
    with pytest.raises(ValueError, match="should be fully-defined"):
        layers.LocallyConnected1D(2, 3)(layers.Input((None, 4)))


def test_an_embedding_of_several_axes_as_first_layer():
    model = keras.models.Sequential([layers.Embedding(5, 2, input_length=(3, 4))])
    assert model.output_shape == (None, 3, 4, 2)


@pytest.mark.parametrize("shapes", [[(4, 3), (4, 2, 3)], [(4, 2, 3), (4, 2, 3)]], ids=str)
def test_merging_tensors_of_unknown_rank(shapes):
    """The batch axes line up at the left, all others at the right."""
    first, second = (np.random.RandomState(0).rand(*shape) for shape in shapes)
    inputs = [K.tf.placeholder("float32"), K.tf.placeholder("float32")]
    layer = layers.Add()
    layer._reshape_required = True
    value = K.get_session().run(layer.call(inputs), dict(zip(inputs, (first, second))))
    np.testing.assert_allclose(value, first.reshape(4, -1, 3) + second, rtol=1e-6)


def test_a_subclass_adds_its_own_options():
    class Scaled(layers.Dense):
        def __init__(self, units, scale=1.0, **kwargs):
            super().__init__(units, **kwargs)
            self.scale = scale

        def call(self, inputs):
            return super().call(inputs) * self.scale

        def get_config(self):
            return {**super().get_config(), "scale": self.scale}

    x = layers.Input((2,))
    model = keras.models.Model(x, Scaled(2, scale=3.0, kernel_initializer="identity")(x))
    copied = keras.models.Model.from_config(model.get_config(), custom_objects={"Scaled": Scaled})
    np.testing.assert_array_equal(copied.predict(np.ones((1, 2))), [[3.0, 3.0]])
    with pytest.raises(ValueError, match="Unknown layer: Scaled"):
        keras.models.Model.from_config(model.get_config())
