"""Which of two Keras is spoken: Keras 2.2.4, or the `tf.keras` of TensorFlow 1.15.

They are one package here: the same classes, files and models. What differs between the two originals, and so
between the dialects: the first layer of a kind is `dense_1` or `dense`; weights are reference variables that take
an unseeded start from NumPy, or resource variables that take it from the graph's seed; and some optimizers, losses
and texts. A script hears the Keras it was written for: what is imported first decides, `graphflow_keras` (under the
launcher `keras`) or `tf.keras`. Code that uses both says `speak`.
"""

DIALECTS = ("keras", "tf.keras")

_spoken = "keras"


def spoken():
    """The dialect of what is made from now on: `keras` or `tf.keras`."""
    return _spoken


def is_tf_keras():
    """Whether `tf.keras` is spoken."""
    return _spoken == "tf.keras"


def version():
    """The version of the Keras that is spoken, which its files and JSON texts name too."""
    return "2.2.4-tf" if is_tf_keras() else "2.2.4"


def speak(name):
    """Chooses the dialect: `keras`, as Keras 2.2.4, or `tf.keras`, as TensorFlow 1.15's own Keras.

    Raises:
        ValueError: another name.
    """
    global _spoken
    if name not in DIALECTS:
        raise ValueError(f"the dialects of Keras are {' and '.join(DIALECTS)}; got {name!r}")
    _spoken = name
