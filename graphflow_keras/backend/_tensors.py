"""Variables, placeholders and constants; what is known of a tensor; reading and writing values."""

import numpy as np

import graphflow as tf
from graphflow_keras import _signatures, dialect
from graphflow_keras.backend import _session, _sparse, common

# -- what a tensor is ------------------------------------------------------------------------------------------------------


def is_tensor(x):
    """Whether `x` is symbolic: a tensor, sparse tensor or variable."""
    return tf.is_tensor(x)


def is_keras_tensor(x):
    """Whether `x` came out of a Keras layer or `Input`.

    Raises:
        ValueError: `x` is no symbolic tensor at all.
    """
    if not is_tensor(x):
        raise ValueError(
            f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance: keras.layers.Input(...) "
            "makes one"
        )
    return hasattr(x, "_keras_history")


def is_placeholder(x):
    """Whether `x` is a placeholder."""
    return getattr(getattr(x, "op", None), "type", None) == "Placeholder"


def shape(x):
    """The shape at run time, an int32 vector."""
    return tf.shape(x)


def int_shape(x):
    """The shape as a tuple of int or None; None where even the rank is unknown."""
    if hasattr(x, "_keras_shape"):
        return x._keras_shape
    known = x.get_shape()
    return None if known.ndims is None else tuple(known.as_list())


def ndim(x):
    """The number of axes, or None."""
    return x.get_shape().ndims


def dtype(x):
    """The element type by name, `float32`."""
    return x.dtype.base_dtype.name


def count_params(x):
    """How many numbers a variable holds."""
    return np.prod(int_shape(x))


def get_variable_shape(x):
    """The shape of a variable as a tuple."""
    return int_shape(x)


# -- making them ---------------------------------------------------------------------------------------------------------


@_session.where_variables_live()
def variable(value, dtype=None, name=None, constraint=None):
    """A variable.

    Args:
        value: array, number or tensor it starts with; a SciPy sparse matrix gives a SparseTensor.
        dtype: str, `floatx()` when None.
        name: str.
        constraint: function from a value to an allowed one, applied after each optimizer step.
    """
    if hasattr(value, "tocoo"):
        v = tf.SparseTensor(*_sparse.parts(value))
        v._keras_shape = value.shape
    else:
        kind = {"use_resource": True} if dialect.is_tf_keras() else {}
        v = tf.Variable(value, dtype=tf.as_dtype(dtype or common.floatx()), name=name, constraint=constraint, **kind)
        if isinstance(value, np.ndarray):
            v._keras_shape = value.shape
        elif hasattr(value, "get_shape"):
            v._keras_shape = int_shape(value)
    v._uses_learning_phase = False
    return v


@_session.where_variables_live()
def weight(start, dtype, name, trainable, constraint):
    """A variable of a layer, with the first value that `start()` returns.

    For tf.keras the value is made in the variable's own scope, and variables that are not trained stay out of
    `tf.trainable_variables()`.
    """
    if not dialect.is_tf_keras():
        return variable(start(), dtype, name, constraint)
    v = tf.Variable(start, trainable, dtype=tf.as_dtype(dtype), name=name, constraint=constraint, use_resource=True)
    v._keras_shape = int_shape(v)
    v._uses_learning_phase = False
    return v


def constant(value, dtype=None, shape=None, name=None):
    """A constant of type `dtype`, `floatx()` when None; `shape` repeats the last value as needed."""
    return tf.constant(value, dtype=dtype or common.floatx(), shape=shape, name=name)


@_session.symbolic_graph()
@_signatures.also_takes("ragged")
def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None, ragged=False):
    """A placeholder.

    Args:
        shape: tuple of int or None.
        ndim: int, the number of axes where `shape` is not given.
        dtype: str, `floatx()` when None.
        sparse: bool, make a SparseTensor of placeholders.
        name: str.

    Raises:
        ValueError: a ragged one is asked for.
    """
    _signatures.refuse("K.placeholder", "tf.ragged.placeholder(dtype, ragged_rank) makes one", ragged=ragged)
    if not shape and ndim:
        shape = (None,) * ndim
    make = tf.sparse_placeholder if sparse else tf.placeholder
    x = make(dtype or common.floatx(), shape=shape, name=name)
    x._keras_shape = shape
    x._uses_learning_phase = False
    return x


@_session.where_variables_live()
def zeros(shape, dtype=None, name=None):
    """A variable of zeros; a tensor where `shape` is not wholly known."""
    return _filled(tf.zeros, shape, dtype, name)


@_session.where_variables_live()
def ones(shape, dtype=None, name=None):
    """A variable of ones; a tensor where `shape` is not wholly known."""
    return _filled(tf.ones, shape, dtype, name)


def _filled(fill, shape, dtype, name):
    value = fill(shape=shape, dtype=tf.as_dtype(dtype or common.floatx()), name=name)
    known = value.get_shape()
    return variable(value, dtype=dtype, name=name) if known.ndims is not None and all(known.as_list()) else value


@_session.where_variables_live()
def eye(size, dtype=None, name=None):
    """A variable with the identity matrix `[size, size]`."""
    return variable(tf.eye(size, dtype=tf.as_dtype(dtype or common.floatx())), dtype, name)


def zeros_like(x, dtype=None, name=None):
    """Zeros in the shape of `x`, of its type unless `dtype` is given."""
    return tf.zeros_like(x, dtype=dtype, name=name)


def ones_like(x, dtype=None, name=None):
    """Ones in the shape of `x`, of its type unless `dtype` is given."""
    return tf.ones_like(x, dtype=dtype, name=name)


def identity(x, name=None):
    """The same values as a tensor of its own."""
    return tf.identity(x, name)


def cast(x, dtype):
    """`x` as `dtype`."""
    return tf.cast(x, dtype)


# -- values --------------------------------------------------------------------------------------------------------------


def eval(x):
    """The value of a tensor or variable, a NumPy array."""
    if has_value(x):
        return _held(x)
    return _sparse.to_dense(x).eval(session=_session.get_session())


def has_value(x):
    """Whether a tensor or variable is one of eager execution."""
    return getattr(getattr(x, "graph", None), "executes", False)


def _held(x):
    """The value of a tensor or variable of eager execution."""
    with tf.init_scope():
        return x.numpy()


def get_value(x):
    """The value of a variable, a NumPy array."""
    return _held(x) if has_value(x) else x.eval(session=_session.get_session())


@_signatures.also_called(tensors="ops")
def batch_get_value(ops):
    """The values of several variables, a list of NumPy arrays."""
    if any(map(has_value, ops)):
        return [_held(x) for x in ops]
    return _session.get_session().run(ops) if ops else []


def set_value(x, value):
    """Sets the value of a variable from an array."""
    batch_set_value([(x, value)])


def batch_set_value(tuples):
    """Sets the values of several variables in one run.

    Args:
        tuples: list of (variable, array).
    """
    if not tuples:
        return
    feeds, assigns = {}, []
    for x, value in tuples:
        value = np.asarray(value, dtype=dtype(x))
        if has_value(x):
            with tf.init_scope():
                x.assign(value)
            continue
        if not hasattr(x, "_assign_placeholder"):  # made once: assigning in a loop must not grow the graph
            x._assign_placeholder = tf.placeholder(x.dtype.base_dtype, shape=value.shape)
            x._assign_op = x.assign(x._assign_placeholder)
        feeds[x._assign_placeholder] = value
        assigns.append(x._assign_op)
    if assigns:
        _session.get_session().run([assign.op for assign in assigns], feed_dict=feeds)


def update(x, new_x):
    """An operation that sets a variable."""
    return tf.assign(x, new_x)


def update_add(x, increment):
    """An operation that adds to a variable."""
    return tf.assign_add(x, increment)


def update_sub(x, decrement):
    """An operation that subtracts from a variable."""
    return tf.assign_sub(x, decrement)


def print_tensor(x, message=""):
    """`x` itself; its values are printed to stderr when it is computed."""
    return tf.Print(x, [x], message)
