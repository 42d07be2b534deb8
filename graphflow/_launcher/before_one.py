"""Calls as they were before TensorFlow 1.0: 1.x refuses them, so none can mean something else.

Arguments came in another order; and `initialize_all_variables` initialized those too that are local today, such as the names which
`match_filenames_once` finds.
"""

from __future__ import annotations

import contextlib
import functools
import numbers
import sys

import numpy as np

import graphflow as tf

INITIALIZERS = frozenset(("global_variables_initializer", "initialize_all_variables"))
_knows_local = True  # whether the running script speaks of local variables itself


@contextlib.contextmanager
def running(texts):
    """Says, while it is open, what the texts of the running script know of TensorFlow's time."""
    global _knows_local
    before, _knows_local = _knows_local, any("local_variables" in text for text in texts)
    try:
        yield
    finally:
        _knows_local = before


def _both():
    """The operation that initializes all variables, local ones too."""
    if not tf.local_variables():
        return tf.global_variables_initializer()
    _say("initialize_all_variables", "it initializes the local variables too")
    return tf.group(tf.global_variables_initializer(), tf.local_variables_initializer(), name="init_all")


def function(module, name):
    """`module.name`, which takes the old order too where `module` is TensorFlow's."""
    found = getattr(module, name)
    if module.__name__.partition(".")[0] not in ("tensorflow", "tensorflow_core", "graphflow"):
        return found
    if name in INITIALIZERS:
        return found if _knows_local else _both
    if name not in CALLS:
        return found

    @functools.wraps(found)
    def either(*args, **kwargs):
        changed = CALLS[name](*args, **kwargs)
        if changed is None:
            return found(*args, **kwargs)
        _say(name, "its arguments are taken in the order of that time")
        return found(**changed)

    return either


@functools.cache
def _say(name, words):
    print(f"graphflow: {name} is called as before TensorFlow 1.0; {words}", file=sys.stderr)


def _concat(*args, **kwargs):
    """concat(concat_dim, values, name)"""
    given = dict(zip(("axis", "values", "name"), args), **kwargs)
    if "concat_dim" in given:
        return {"axis": given.pop("concat_dim"), **given}
    return given if args and _is_number(args[0]) and not _is_number(given.get("values", 0)) else None


def _split(*args, **kwargs):
    """split(split_dim, num_split, value, name)"""
    given = dict(zip(("axis", "num_or_size_splits", "value", "name"), args), **kwargs)
    if "split_dim" in given or "num_split" in given:
        today = {"split_dim": "axis", "num_split": "num_or_size_splits"}
        return {today.get(key, key): value for key, value in given.items()}
    new = len(args) < 2 or not all(map(_is_number, args[:2])) or _is_number(given.get("value", 0))
    return None if new else given


def _cross_entropy(second):
    def changed(*args, **kwargs):
        given = dict(zip(("logits", "labels", *second), args), **kwargs)
        if not args and "targets" not in given:
            return None
        return {"labels" if key == "targets" else key: value for key, value in given.items()}

    return changed


def _candidates(*args, **kwargs):
    """nce_loss(weights, biases, inputs, labels, num_sampled, num_classes, num_true)"""
    names = ("weights", "biases", "inputs", "labels", "num_sampled", "num_classes", "num_true")
    swapped = 3 < len(args) <= len(names) and _is_floating(args[2]) and not _is_floating(args[3])
    return dict(zip(names, args), **kwargs) if swapped else None


def _resize_images(*args, **kwargs):
    """resize_images(images, new_height, new_width, method, align_corners)"""
    given = dict(zip(("images", "new_height", "new_width", "method", "align_corners"), args), **kwargs)
    if not all(_is_number(given.get(key)) for key in ("new_height", "new_width")):
        return None
    return {"size": [given.pop("new_height"), given.pop("new_width")], **given}


def _reverse(*args, **kwargs):
    """reverse(tensor, dims, name), with one bool for each dimension"""
    given = dict(zip(("tensor", "dims", "name"), args), **kwargs)
    dims = given.pop("dims", None)
    if not isinstance(dims, (list, tuple, np.ndarray)) or not all(isinstance(d, (bool, np.bool_)) for d in dims):
        return None
    return {"axis": [i for i, d in enumerate(dims) if d], **given} if len(dims) else None


CALLS = {
    "concat": _concat,
    "split": _split,
    "softmax_cross_entropy_with_logits": _cross_entropy(("dim", "name")),
    "sparse_softmax_cross_entropy_with_logits": _cross_entropy(("name",)),
    "sigmoid_cross_entropy_with_logits": _cross_entropy(("name",)),
    "nce_loss": _candidates,
    "sampled_softmax_loss": _candidates,
    "resize_images": _resize_images,
    "reverse": _reverse,
}


def _is_number(value):
    return isinstance(value, numbers.Integral)


def _is_floating(value):
    dtype = getattr(value, "dtype", None)
    return dtype is not None and "float" in str(dtype)
