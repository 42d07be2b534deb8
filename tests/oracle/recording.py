"""Running one case under one implementation, and writing down what happened."""

import contextlib
import importlib
import random

import numpy as np

from tests.oracle import graph_text

KERAS = {"tensorflow": "keras", "graphflow": "graphflow_keras"}
EAGER = {"tensorflow": "tensorflow.python.eager.context", "graphflow": "graphflow._graph.eager_graph"}
SEED = 7


def record(case, tf):
    """Runs a case with `tf`, the judge or graphflow.

    Returns:
        dict with "values" (name -> ndarray; `y` is of the first run, `y@1` of the second), "dtypes" (of the
        values) and, where the case compares graphs, "graph" (a `graph_text` description); of a case that
        raises, only "error".

    Raises:
        AssertionError: a case marked `raises` did not. Errors of any other case pass through.
    """
    with _fresh_graph(case, tf) as graph:
        if case.raises:
            return {"error": _error_of(case, tf)}
        if case.is_script:
            recording = _values("", _run_script(case, tf))
            return dict(recording, graph=graph_text.describe_graph(graph)) if case.graph else recording
        return _run_case(case, tf, graph)


def build(case, tf):
    """Only the graph of a case, described; nothing is run unless the case is a script."""
    with _fresh_graph(case, tf) as graph:
        case.build(tf)
        return graph_text.describe_graph(graph)


@contextlib.contextmanager
def _fresh_graph(case, tf):
    if case.is_keras:  # clears the graph itself, which TensorFlow allows only where no other is being built
        yield None
        return
    if case.is_eager:
        with importlib.import_module(EAGER[tf.__name__]).eager_mode():
            tf.set_random_seed(SEED)  # that of the case before would stay
            yield None
        return
    if case.control_flow_v2:
        tf.enable_control_flow_v2()
    try:
        with tf.Graph().as_default() as graph:
            yield graph
    finally:
        if case.control_flow_v2:
            tf.disable_control_flow_v2()


def _run_script(case, tf):
    """What a script returns."""
    if not case.is_keras:
        return case.build(tf)
    keras = importlib.import_module(KERAS[tf.__name__])
    keras.backend.clear_session()
    random.seed(SEED)
    np.random.seed(SEED)
    tf.set_random_seed(SEED)
    try:
        return case.build(keras)
    finally:
        keras.backend.clear_session()


def _error_of(case, tf):
    stage = "script" if case.is_script else "build"
    try:
        fetches = _run_script(case, tf) if case.is_script else case.build(tf)
        if not case.is_script:
            stage = "run"
            _run_all(case, tf, fetches)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__ if _is_public(kind, tf)]
        message = str(error).splitlines() or [""]
        return {"kind": kinds[0], "kinds": kinds, "stage": stage, "message": message[0]}
    raise AssertionError(f"case {case.name!r} is marked raises=True, but nothing was raised")


def _is_public(kind, tf):
    """Whether a script can name this class of errors."""
    return kind.__module__ == "builtins" or getattr(tf.errors, kind.__name__, None) is kind


def _run_case(case, tf, graph):
    fetches = _named(case.build(tf))
    description = {"graph": graph_text.describe_graph(graph)} if case.graph else {}
    runs = _run_all(case, tf, fetches)
    fetched = {f"{name}@{i}" if i else name: run[name] for i, run in enumerate(runs) for name in run}
    if case.grads:
        fetched.update(_gradients(case, tf, graph, fetches, runs[0]))
    return dict(_values("", fetched), **description)


def _named(fetches):
    """What a case returns, as a dict."""
    if isinstance(fetches, dict):
        return fetches
    several = isinstance(fetches, list) or (isinstance(fetches, tuple) and not hasattr(fetches, "_fields"))
    return {str(i): fetch for i, fetch in enumerate(fetches if several else [fetches])}


def _run_all(case, tf, fetches):
    """What each run of the case fetches, all in one session that starts with initial values."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return [session.run(fetches, keyed(feeds)) for feeds in case.feeds]


def keyed(feeds):
    return {name if ":" in name else name + ":0": value for name, value in feeds.items()}


def _gradients(case, tf, graph, fetches, fetched):
    """The values of the gradients of a case, by what they belong to."""
    shapes = {name: value.shape for name, value in fetched.items() if hasattr(value, "shape")}
    return _run_all(case, tf, _gradient_tensors(case, tf, graph, fetches, shapes))[0]


def record_gradients(case, tf, graph):
    """Adds the gradients of a case to `graph`, where the static shapes of what it fetches are known."""
    fetches = _named(case.build(tf))
    known = {
        name: tuple(y.shape.as_list())
        for name, y in fetches.items()
        if getattr(y, "shape", None) is not None and y.shape.is_fully_defined()
    }
    return _gradient_tensors(case, tf, graph, {name: fetches[name] for name in known}, known)


def _gradient_tensors(case, tf, graph, fetches, shapes):
    """Gradients of all fetched floats together, each entry with a weight of its own so that none cancel."""

    def differentiable(tensor):
        return hasattr(tensor, "dtype") and (tensor.dtype.is_floating or tensor.dtype.is_complex)

    ys = {name: fetch for name, fetch in fetches.items() if differentiable(fetch)}
    weights = [np.cos(np.arange(1, 1 + int(np.prod(shapes[name])))).reshape(shapes[name]) for name in ys]
    grad_ys = [tf.constant(weight, y.dtype.base_dtype) for weight, y in zip(weights, ys.values())]
    fed = [graph.get_tensor_by_name(key) for key in keyed(case.feeds[0])]
    xs = [x for x in fed + tf.trainable_variables() if differentiable(x)]
    gradients = tf.gradients(list(ys.values()), xs, grad_ys)
    return {
        f"gradient of {x.name}": tf.convert_to_tensor(g) for x, g in zip(xs, gradients) if g is not None
    }


def _values(name, fetched):
    """A fetched structure as flat dicts, path -> ndarray and path -> dtype name. None is left out.

    bfloat16 is held as the float32 it equals, text as the reprs of its items: what any NumPy can store.
    """
    if fetched is None:
        return {"values": {}, "dtypes": {}}
    if hasattr(fetched, "numpy"):
        fetched = fetched.numpy()
    if hasattr(fetched, "_fields"):
        fetched = fetched._asdict()
    if isinstance(fetched, (list, tuple)):
        fetched = {str(i): item for i, item in enumerate(fetched)}
    if isinstance(fetched, dict):
        merged = {"values": {}, "dtypes": {}}
        for key, item in fetched.items():
            for part, entries in _values(f"{name}/{key}" if name else str(key), item).items():
                merged[part].update(entries)
        return merged
    array = np.asarray(fetched)
    dtype = array.dtype.name
    if array.dtype.kind in "SUO":
        dtype = "string"
        items = [repr(bytes(item) if isinstance(item, bytes) else str(item)) for item in array.ravel()]
        array = np.array(items, dtype=str).reshape(array.shape)
    elif dtype == "bfloat16":
        array = array.astype(np.float32)
    return {"values": {name: array}, "dtypes": {name: dtype}}
