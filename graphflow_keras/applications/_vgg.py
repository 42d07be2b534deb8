"""The VGG networks: five blocks of convolutions 3 x 3, each ending with a pooling.

Source: Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014), table 1.
"""

from graphflow_keras import layers
from graphflow_keras.applications import _common

_FILTERS = (64, 128, 256, 512, 512)


def vgg(name, repeats, hashes, **arguments):
    """A VGG network with `repeats[i]` convolutions in block i."""

    def body(x):
        for block, (filters, repeat) in enumerate(zip(_FILTERS, repeats), 1):
            for i in range(1, repeat + 1):
                x = layers.Conv2D(filters, (3, 3), activation="relu", padding="same", name=f"block{block}_conv{i}")(x)
            x = layers.MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
        return x

    files = _common.weight_files(_common.RELEASES + "v0.1/", name, *hashes)
    return _common.build(name, body, _top, files, **arguments)


def _top(x, classes):
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(4096, activation="relu", name="fc1")(x)
    x = layers.Dense(4096, activation="relu", name="fc2")(x)
    return layers.Dense(classes, activation="softmax", name="predictions")(x)
