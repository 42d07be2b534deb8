"""From arrays to arrays: compiled functions over the graph; gradients."""

import numpy as np

import graphflow as tf
from graphflow_keras.backend import _session, _sparse, _tensors
from graphflow_keras.utils import generic_utils


class Function:
    """Runs part of the graph; `K.function` makes it.

    Args:
        inputs: list of placeholders or other tensors that are fed.
        outputs: list of tensors whose values are returned.
        updates: list of operations, or pairs (variable, new value), that run after the outputs.
        name: str.
        feed_dict: further values to feed, tensor -> array.
        fetches: tensors or operations to run besides; their values are dropped.
        options, run_metadata: as for `Session.run`.

    Raises:
        TypeError: inputs, outputs or updates are no list. ValueError: another keyword.
    """

    @_session.symbolic_graph()
    def __init__(self, inputs, outputs, updates=None, name=None, **session_kwargs):
        for what, given in (("inputs", inputs), ("outputs", outputs), ("updates", updates or [])):
            if not isinstance(given, list | tuple):
                raise TypeError(
                    f"`{what}` of a TensorFlow backend function should be a list or tuple. Received: {given}"
                )
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.name = name
        with tf.control_dependencies(self.outputs):
            self.updates_op = tf.group(*(tf.assign(*u) if isinstance(u, tuple) else u for u in updates or []))
        self.feed_dict = session_kwargs.pop("feed_dict", None) or {}
        # An identity of each: what follows a fetch in the graph (an update) is computed, too.
        self.fetches = [tf.identity(x) for x in generic_utils.to_list(session_kwargs.pop("fetches", []))]
        self.run_options = session_kwargs.pop("options", None)
        self.run_metadata = session_kwargs.pop("run_metadata", None)
        if session_kwargs:
            raise ValueError(f"Some keys in session_kwargs are not supported at this time: {list(session_kwargs)}")
        self._session = self._fed = self._run = None

    def __call__(self, inputs):
        """The values of the outputs, a list of arrays.

        Args:
            inputs: list of arrays, one an input; a None is not fed; a tensor is computed first, in a run of its own.

        Raises:
            TypeError: no list.
        """
        if not isinstance(inputs, list | tuple):
            raise TypeError(f"`inputs` should be a list or tuple. Received: {type(inputs)}")
        session = _session.get_session()
        feeds = [(t, value) for t, value in zip(self.inputs, inputs) if value is not None]
        feeds += self.feed_dict.items()
        symbolic = [value for _, value in feeds if _tensors.is_tensor(value)]
        if symbolic:
            computed = iter(session.run(symbolic))
            feeds = [(t, next(computed) if _tensors.is_tensor(value) else value) for t, value in feeds]
        if any(_sparse.is_sparse(t) for t in self.inputs):
            feeds = [part for feed in feeds for part in _dense_parts(*feed)]
        fed = [t for t, _ in feeds]
        if self._run is None or session is not self._session or fed != self._fed:
            self._session, self._fed = session, fed
            self._run = session.make_callable(
                [self.outputs, self.fetches, self.updates_op], fed, accept_options=self.run_options is not None
            )
        options = (
            {"options": self.run_options, "run_metadata": self.run_metadata} if self.run_options is not None else {}
        )
        return self._run(*(_as_array(t, value) for t, value in feeds), **options)[0]


def _dense_parts(t, value):
    """(tensor, value) pairs: three for a sparse tensor."""
    if not _sparse.is_sparse(t):
        return [(t, value)]
    parts = _sparse.padded_parts(value) if hasattr(value, "tocoo") else value
    fed = zip((t.indices, t.values, t.dense_shape), parts)
    return [(part, array) for part, array in fed if _tensors.is_placeholder(part)]


def _as_array(t, value):
    return np.asarray(value, t.dtype.as_numpy_dtype)


def function(inputs, outputs, updates=None, **kwargs):
    """A `Function`: a callable from a list of arrays to a list of arrays.

    Raises:
        ValueError: a keyword that neither `Session.run` nor `Function` takes.
    """
    for key in kwargs:
        if not (generic_utils.has_arg(tf.Session.run, key) or key in ("name", "fetches", "feed_dict")):
            raise ValueError(f'Invalid argument "{key}" passed to K.function with TensorFlow backend')
    return Function(inputs, outputs, updates=updates, **kwargs)


def gradients(loss, variables):
    """The gradients of `loss` with respect to each of `variables`, a list; None where it does not depend on one."""
    return tf.gradients(loss, variables, colocate_gradients_with_ops=True)


def stop_gradient(variables):
    """The same values, as constants for every gradient; an iterator for a list of tensors."""
    if isinstance(variables, list | tuple):
        return map(tf.stop_gradient, variables)
    return tf.stop_gradient(variables)
