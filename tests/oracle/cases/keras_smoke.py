"""The smallest Keras programs."""

from tests.oracle.harness import floats, keras_script


@keras_script()
def a_dense_layer(keras):
    model = keras.models.Sequential([keras.layers.Dense(3, activation="relu", input_shape=(4,))])
    return {"y": model.predict(floats(5, 4)), "kernel": model.get_weights()[0]}
