"""The session Keras runs in, and what it knows of each graph: learning phase and name counters."""

import collections
import contextlib
import os
import threading
import weakref

import graphflow as tf
from graphflow_keras import _signatures, dialect

name_scope = tf.name_scope

_beside_eager = None  # the graph of models, where execution is eager
_session = None  # the session of Keras's own, used where none is the default
_starting = threading.RLock()  # threads that predict with one model ask for the session at once
_manual_initialization = False
_devices = None
_counters = weakref.WeakKeyDictionary()  # graph -> {prefix: the number of names so far}

# Attributes that a graph carries for Keras.
_PHASE = "_keras_learning_phase"
_TRACKED = "_keras_tracked_variables"


def _default_graph():
    """The graph that models live in: around a body of a loop or branch, the outermost one."""
    graph = tf.get_default_graph()
    while hasattr(graph, "outer_graph") and not graph.is_open:
        graph = graph.outer_graph
    return graph


def _outermost_graph():
    graph = tf.get_default_graph()
    while hasattr(graph, "outer_graph"):
        graph = graph.outer_graph
    return graph


@contextlib.contextmanager
def symbolic_graph():
    """In this block or function, eager operations join the graph that models are put together in; in a graph nothing changes."""
    global _beside_eager
    if not _outermost_graph().executes or tf.get_default_graph() is _beside_eager:
        yield
        return
    if _beside_eager is None:
        _beside_eager = tf.contrib.eager.SymbolicGraph("keras_graph")
    with _beside_eager.as_default():
        yield


def is_eager_outside():
    """Whether execution is eager, or would be outside the graph that is being built."""
    return _outermost_graph().executes


@contextlib.contextmanager
def where_variables_live():
    """In this block or function, where execution is eager around the graph that is being built, it is eager."""
    with tf.init_scope() if is_eager_outside() else contextlib.nullcontext():
        yield


def is_beside_eager():
    """Whether the default graph is the one of `symbolic_graph()` beside eager execution."""
    return _beside_eager is not None and tf.get_default_graph() is _beside_eager


def is_symbolic(x):
    """Whether a tensor belongs to a graph and has no value."""
    return isinstance(x, tf.Tensor) and not x.graph.executes


def of_models_beside_eager(x):
    """Whether a tensor belongs to the graph of `symbolic_graph()`."""
    return isinstance(x, tf.Tensor) and x.graph.is_open


# -- names ---------------------------------------------------------------------------------------------------------------


def get_uid(prefix=""):
    """The next number for names that start with `prefix` in the default graph: 1, 2 ..."""
    graph = _default_graph()
    counters = _counters.setdefault(graph, collections.defaultdict(int))
    counters[prefix] += 1
    return counters[prefix]


def unique_name(prefix, counted=None):
    """A name for a new layer or model: Keras counts from `dense_1`, tf.keras from `dense`, then `dense_1`.

    Args:
        prefix: str, what the name starts with.
        counted: str, what Keras counts, where it is not the prefix.
    """
    if not dialect.is_tf_keras():
        return f"{prefix}_{get_uid(counted or prefix)}"
    earlier = get_uid(f"/{prefix}") - 1  # the user may count the bare prefix himself
    return f"{prefix}_{earlier}" if earlier else prefix


def reset_uids():
    """Lets the numbers of `get_uid` start at 1 again, in all graphs."""
    _counters.clear()


# -- the learning phase --------------------------------------------------------------------------------------------------


def learning_phase():
    """False while testing, True while training: a scalar placeholder of the default graph, or what was set."""
    graph = _default_graph()
    if not hasattr(graph, _PHASE):
        top = name_scope(None) if dialect.is_tf_keras() else contextlib.nullcontext()
        with graph.as_default(), top:
            setattr(graph, _PHASE, tf.placeholder_with_default(False, (), name="keras_learning_phase"))
    return getattr(graph, _PHASE)


def has_learning_phase():
    """Whether anybody asked for the learning phase of the default graph, or set it."""
    return hasattr(_default_graph(), _PHASE)


def set_learning_phase(value):
    """Fixes the learning phase of the default graph to 0 (test) or 1 (train).

    Raises:
        ValueError: another value.
    """
    if value not in (0, 1):
        raise ValueError(f"Expected learning phase to be 0 or 1. Received: {value}")
    setattr(_default_graph(), _PHASE, value)


@contextlib.contextmanager
def learning_phase_scope(value):
    """Within the block the learning phase is 0 (test) or 1 (train); after it, what it was.

    Raises:
        ValueError: another value.
    """
    graph = _default_graph()
    before = getattr(graph, _PHASE, None)
    set_learning_phase(value)
    try:
        yield
    finally:
        if before is None:
            delattr(graph, _PHASE)
        else:
            setattr(graph, _PHASE, before)


# -- sessions ------------------------------------------------------------------------------------------------------------


def clear_session():
    """Forgets graph and session and starts with new ones: models made before cannot run any more."""
    global _session, _beside_eager
    tf.reset_default_graph()
    _session = _beside_eager = None
    reset_uids()
    learning_phase()  # the first node of a graph of Keras


def manual_variable_initialization(value):
    """Whether the user initialises variables himself; by default `get_session` does it."""
    global _manual_initialization
    _manual_initialization = value


@_signatures.also_takes("op_input_list")
def get_session(op_input_list=()):
    """The session Keras runs in: the default session where there is one, else Keras's own.

    Variables of its graph that have no value yet are initialised, unless `manual_variable_initialization(True)` was said.
    `op_input_list`, which tells TensorFlow the graph, has no say: there is one graph.
    """
    with _starting:
        session = tf.get_default_session() or _own_session()
        if not _manual_initialization:
            _initialize(session)
        return session


def set_session(session):
    """Makes `session` Keras's own."""
    global _session
    _session = session


def _own_session():
    global _session
    if _session is None and (tf.executing_eagerly() or tf.get_default_graph() is _beside_eager):
        with symbolic_graph():
            _session = tf.contrib.eager.SymbolicSession(tf.get_default_graph())
    moved = dialect.is_tf_keras() and not _outermost_graph().executes
    if _session is None or moved and _session.graph is not _default_graph():  # tf.keras follows the default graph
        threads = int(os.environ.get("OMP_NUM_THREADS") or 0)  # 0: as many as there are cores
        _session = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=threads, allow_soft_placement=True))
    return _session


def track(variable):
    """Lets `get_session` initialise a variable that is in no collection; one of eager execution has its value."""
    if not variable.graph.executes:
        variable.graph.__dict__.setdefault(_TRACKED, []).append(variable)


def _initialize(session):
    with session.graph.as_default():
        known = tf.global_variables() + getattr(session.graph, _TRACKED, [])
        new = [v for v in known if not getattr(v, "_keras_initialized", False)]
        if not new:
            return
        flags = session.run([tf.is_variable_initialized(v) for v in new])
        for v in new:
            v._keras_initialized = True
        empty = [v for v, has_value in zip(new, flags) if not has_value]
        if empty:
            session.run(tf.variables_initializer(empty))


# -- devices -------------------------------------------------------------------------------------------------------------


def _get_available_gpus():
    """Names of the GPUs that sessions may use; looked up once."""
    global _devices
    if _devices is None:
        _devices = get_session().list_devices()
    return [device.name for device in _devices if device.device_type == "GPU"]


def _explicit_device():
    """The kind of device that the `tf.device` blocks around ask for: `CPU`, `GPU` ... or None."""
    return tf.DeviceSpec.from_string(tf.no_op().device).device_type


def _has_nchw_support():
    """Whether convolutions may take channels first: there is a GPU, and the CPU was not asked for."""
    return bool(_get_available_gpus()) and _explicit_device() != "CPU"
