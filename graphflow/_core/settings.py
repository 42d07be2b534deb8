"""Settings of TensorFlow's runtime, kept and given back: XLA decides about threads, fusion and devices here."""

from __future__ import annotations

_values = {"soft_device_placement": False, "log_device_placement": False, "jit": False, "inter_op": 0, "intra_op": 0}
_optimizer = {"disable_model_pruning": False, "disable_meta_optimizer": False}


def get_soft_device_placement():
    """Whether operations may run elsewhere than they ask to; of sessions `ConfigProto.allow_soft_placement` says."""
    return _values["soft_device_placement"]


def set_soft_device_placement(enabled):
    """Sets what `get_soft_device_placement` gives."""
    _values["soft_device_placement"] = bool(enabled)


def get_log_device_placement():
    """Whether devices are to be logged; of sessions `ConfigProto.log_device_placement` says."""
    return _values["log_device_placement"]


def set_log_device_placement(enabled):
    """Sets what `get_log_device_placement` gives."""
    _values["log_device_placement"] = bool(enabled)


def get_jit():
    """Whether compilation was asked for; graphs are compiled either way."""
    return _values["jit"]


def set_jit(enabled):
    """Sets what `get_jit` gives."""
    _values["jit"] = enabled


def get_experimental_options():
    """What was set of the graph optimizer's options; XLA's own take their place."""
    return dict(_optimizer)


def set_experimental_options(options):
    """Sets what `get_experimental_options` gives: name -> value."""
    _optimizer.update(options)


def get_inter_op_parallelism_threads():
    """The number of threads between operations that was asked for, 0 for any."""
    return _values["inter_op"]


def set_inter_op_parallelism_threads(num_threads):
    """Sets what `get_inter_op_parallelism_threads` gives."""
    _values["inter_op"] = int(num_threads)


def get_intra_op_parallelism_threads():
    """The number of threads within an operation that was asked for, 0 for any."""
    return _values["intra_op"]


def set_intra_op_parallelism_threads(num_threads):
    """Sets what `get_intra_op_parallelism_threads` gives."""
    _values["intra_op"] = int(num_threads)
