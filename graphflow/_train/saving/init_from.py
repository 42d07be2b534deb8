"""Initial values that come from a checkpoint, and waiting for checkpoints."""

from __future__ import annotations

import collections
import re
import time

from graphflow._core import log
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import partitioned_variable, saving, variable, variable_store
from graphflow._train.saving import reader, saveable, state_file


def init_from_checkpoint(ckpt_dir_or_file, assignment_map):
    """Lets variables take their initial values from a checkpoint: it is read when their initializers run.

    Args:
        ckpt_dir_or_file: a checkpoint, or a folder whose latest one is taken.
        assignment_map: {name in the checkpoint: variable, its name, or a list of the parts of one}; or
            {`scope/` in the checkpoint: `scope/` in the graph}, `/` for the root, for all variables in a scope.

    Raises:
        ValueError: a tensor is not in the checkpoint, or of another shape, or a name is of no variable.
    """
    path = reader.file_of(ckpt_dir_or_file)
    shapes = reader.load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    store = variable_store.of_default_graph()._vars
    for key, wanted in sorted(assignment_map.items()):
        found = wanted if _is_variable(wanted) else _by_name(store, wanted)
        if found is None:
            _init_scope(path, shapes, store, key, wanted)
            continue
        if key not in shapes:
            raise ValueError(f"Tensor {key} is not found in {ckpt_dir_or_file} checkpoint {shapes}")
        if isinstance(found, variable.Variable) and not found.get_shape().is_compatible_with(shapes[key]):
            raise ValueError(
                f"Shape of variable {found.name} ({found.get_shape()}) doesn't match with shape of tensor {key} "
                f"({shapes[key]}) from checkpoint reader."
            )
        _set_initializers(found, path, key)


def _is_variable(item):
    return isinstance(item, variable.Variable) or (
        isinstance(item, (list, tuple)) and all(isinstance(part, variable.Variable) for part in item)
    )


def _by_name(store, name):
    """The variable that `get_variable` made under a name, the parts of a partitioned one, or None."""
    if isinstance(name, partitioned_variable.PartitionedVariable):
        return list(name)
    if name in store:
        return store[name]
    parts = []
    while f"{name}/part_{len(parts)}" in store:
        parts.append(store[f"{name}/part_{len(parts)}"])
    return parts or None


def _init_scope(path, shapes, store, key, wanted):
    scope = wanted.rpartition("/")[0]
    if not key.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {scope} should map to scope only {key}. Should be 'scope/': 'other_scope/'."
        )
    names = {re.sub(r"/part_.*", "", name) for name in store if not scope or name.startswith(scope + "/")}
    for name in sorted(names):
        inner = name if wanted == "/" or not scope else name[len(scope) + 1 :]
        stored = inner if key == "/" else key + inner
        if stored not in shapes:
            raise ValueError(f"Tensor {stored} ({inner} in {key}) is not found in {path} checkpoint")
        _set_initializers(_by_name(store, name), path, stored)


def _set_initializers(found, path, key):
    if isinstance(found, variable.Variable):
        _set_initializer(found, path, key, "")
        return
    wholes = {part._get_save_slice_info().full_name for part in found}
    if len(wholes) > 1:
        raise ValueError("Slices must all be from the same tensor: " + " != ".join(sorted(wholes)))
    for part in found:
        _set_initializer(part, path, key, part._get_save_slice_info().spec)


def _set_initializer(var, path, key, slice_spec):
    graph = graph_lib.get_default_graph()
    with graph.device(var.device), graph.device("/cpu:0"):
        (value,) = saving.restore_v2(path, [key], [slice_spec], [var.dtype.base_dtype], name="checkpoint_initializer")
        (item,) = saveable.saveables_of([var])
    assigned = item.restore([value], None)
    var._initializer_op = getattr(assigned, "op", assigned)
    value.set_shape(var.shape)
    var._initial_value = value


_VocabInfo = collections.namedtuple(
    "_VocabInfo",
    ["new_vocab", "new_vocab_size", "num_oov_buckets", "old_vocab", "old_vocab_size", "backup_initializer", "axis"],
)


class VocabInfo(_VocabInfo):
    """How the vocabulary of an embedding changed, for `warm_start`."""

    __slots__ = ()

    def __new__(
        cls, new_vocab, new_vocab_size, num_oov_buckets, old_vocab, old_vocab_size=-1, backup_initializer=None, axis=0
    ):
        if axis not in (0, 1):
            raise ValueError(f"The only supported values for the axis argument are 0 and 1.  Provided axis: {axis}")
        return super().__new__(
            cls, new_vocab, new_vocab_size, num_oov_buckets, old_vocab, old_vocab_size, backup_initializer, axis
        )


def warm_start(
    ckpt_to_initialize_from, vars_to_warm_start=".*", var_name_to_vocab_info=None, var_name_to_prev_var_name=None
):
    """Lets trainable variables start from a checkpoint.

    Args:
        vars_to_warm_start: a pattern of names, a list of patterns of all global variables' names, or a list of variables.
        var_name_to_prev_var_name: {name in the graph: name in the checkpoint} where they differ.

    Raises:
        NotImplementedError: vocabularies that changed. ValueError: a name that was not used.
    """
    if var_name_to_vocab_info:
        raise NotImplementedError(
            "warm_start with vocabularies that changed is not built here: load the old embedding with tf.train.load_variable "
            "and put its rows in the new order"
        )
    renamed, used, wanted = dict(var_name_to_prev_var_name or {}), set(), {}
    for name, parts in _grouped(_chosen(vars_to_warm_start)).items():
        used.add(name)
        wanted[renamed.get(name, name)] = parts[0] if parts[0]._get_save_slice_info() is None else parts
    if unused := renamed.keys() - used:
        raise ValueError(
            f"You provided the following variables in var_name_to_prev_var_name that were not used: {sorted(unused)}.  Perhaps "
            f"you misspelled them?  Here is the list of viable variable names: {sorted(used)}"
        )
    init_from_checkpoint(ckpt_to_initialize_from, wanted)


def _chosen(wanted):
    graph, names = graph_lib.get_default_graph(), keys.GraphKeys
    if wanted is None:
        return []
    if isinstance(wanted, str):
        return graph.get_collection(names.TRAINABLE_VARIABLES, scope=wanted)
    if all(isinstance(item, str) for item in wanted):
        found = [v for item in wanted for v in graph.get_collection(names.GLOBAL_VARIABLES, scope=item)]
        return list(dict.fromkeys(found))
    return [part for item in wanted for part in (item if isinstance(item, list) else [item])]


def _grouped(variables):
    """Variables by name; the parts of a partitioned one under the name of the whole."""
    found = {}
    for var in variables:
        info = var._get_save_slice_info()
        found.setdefault(var.op.name if info is None else info.full_name, []).append(var)
    return found


# -- waiting -------------------------------------------------------------------------------------------------------------


def wait_for_new_checkpoint(checkpoint_dir, last_checkpoint=None, seconds_to_sleep=1, timeout=None):
    """The latest checkpoint once it differs from `last_checkpoint`; None when that takes longer than `timeout` seconds."""
    until = None if timeout is None else time.time() + timeout
    while True:
        found = state_file.latest_checkpoint(checkpoint_dir)
        if found is not None and found != last_checkpoint:
            return found
        if until is not None and time.time() + seconds_to_sleep > until:
            return None
        time.sleep(seconds_to_sleep)


def checkpoints_iterator(checkpoint_dir, min_interval_secs=0, timeout=None, timeout_fn=None):
    """Yields checkpoints as they appear in a folder.

    Args:
        min_interval_secs: the least time between two of them.
        timeout: how long to wait for one; for ever when None.
        timeout_fn: called when the time is over; True from it ends the iteration. Without it, the iteration ends.
    """
    path = None
    while True:
        found = wait_for_new_checkpoint(checkpoint_dir, path, timeout=timeout)
        if found is None:
            if timeout_fn is None or timeout_fn():
                return
            continue
        start, path = time.time(), found
        yield path
        time.sleep(max(0.0, start + min_interval_secs - time.time()))
