"""Nested structures of lists, tuples, named tuples, dicts and attrs classes: flatten them, and rebuild them.

Dicts are walked in the order of their sorted keys, as in TensorFlow.
"""

from __future__ import annotations

import collections.abc


def is_namedtuple(value):
    """Whether `value` is an instance of a named tuple."""
    return isinstance(value, tuple) and isinstance(getattr(value, "_fields", None), tuple)


def _is_attrs(value):
    return hasattr(type(value), "__attrs_attrs__")


def is_nested(seq):
    """Whether `seq` has parts: a list, tuple, dict, mapping view or attrs object; strings and arrays have none."""
    return isinstance(seq, (list, tuple, collections.abc.Mapping, collections.abc.MappingView)) or _is_attrs(seq)


is_sequence = is_nested


def _sorted_keys(mapping):
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError("nest only supports dicts with sortable keys.") from None


def parts(value):
    """The direct parts of a nested value, in walking order."""
    if isinstance(value, collections.abc.Mapping):
        return [value[key] for key in _sorted_keys(value)]
    if _is_attrs(value):
        return [getattr(value, a.name) for a in type(value).__attrs_attrs__]
    return list(value)


def rebuild(like, values):
    """A value of the structure of `like` with the direct parts `values`."""
    values = list(values)
    if isinstance(like, collections.abc.Mapping):
        by_key = dict(zip(_sorted_keys(like), values))
        if isinstance(like, collections.defaultdict):
            return type(like)(like.default_factory, ((key, by_key[key]) for key in like))
        return type(like)((key, by_key[key]) for key in like)
    if is_namedtuple(like):
        return type(like)(*values)
    if _is_attrs(like):
        return type(like)(*values)
    if isinstance(like, collections.abc.MappingView):
        return values
    return type(like)(values)


def flatten(structure, expand_composites=False):
    """The leaves of a structure as a list; a leaf alone gives a list of one."""
    if not is_nested(structure):
        return [structure]
    leaves, stack = [], [iter(parts(structure))]
    while stack:
        for item in stack[-1]:
            if is_nested(item):
                stack.append(iter(parts(item)))
                break
            leaves.append(item)
        else:
            stack.pop()
    return leaves


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """The leaves `flat_sequence` put into the structure; ValueError where their number differs."""
    flat_sequence = list(flat_sequence)
    if not is_nested(structure):
        if len(flat_sequence) != 1:
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(flat_sequence)} > 1")
        return flat_sequence[0]
    wanted = len(flatten(structure))
    if wanted != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} elements, but flat_sequence had {len(flat_sequence)} elements."
            f"  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    leaves = iter(flat_sequence)

    def fill(node):
        return rebuild(node, [fill(part) if is_nested(part) else next(leaves) for part in parts(node)])

    return fill(structure)


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """Raises ValueError where the structures differ, TypeError where the types of their sequences do."""
    stack = [(nest1, nest2)]
    while stack:
        a, b = stack.pop()
        if is_nested(a) != is_nested(b):
            raise ValueError(
                f"The two structures don't have the same nested structure.\n\nFirst structure: {nest1}\n\nSecond structure: {nest2}"
            )
        if not is_nested(a):
            continue
        both_mappings = isinstance(a, collections.abc.Mapping) and isinstance(b, collections.abc.Mapping)
        if check_types and type(a) is not type(b) and not both_mappings:
            same_named = (
                is_namedtuple(a) and is_namedtuple(b) and (type(a).__name__, a._fields) == (type(b).__name__, b._fields)
            )
            if not same_named:
                raise TypeError(
                    f"The two structures don't have the same sequence type. First structure has type {type(a)}, "
                    f"while second structure has type {type(b)}."
                )
        if both_mappings and set(a) != set(b):
            raise ValueError(f"The two dictionaries don't have the same set of keys: {list(a)} and {list(b)}.")
        parts_a, parts_b = parts(a), parts(b)
        if len(parts_a) != len(parts_b):
            raise ValueError(
                f"The two structures don't have the same number of elements.\n\nFirst structure: {nest1}"
                f"\n\nSecond structure: {nest2}"
            )
        stack.extend(zip(parts_a, parts_b))


def map_structure(func, *structure, **kwargs):
    """`func` applied to the leaves of structures of the same form; the result has that form."""
    if not structure:
        raise ValueError("Must provide at least one structure")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=kwargs.get("check_types", True))
    results = [func(*leaves) for leaves in zip(*(flatten(s) for s in structure))]
    return pack_sequence_as(structure[0], results)


def flatten_up_to(shallow_tree, input_tree, check_types=True):
    """The parts of `input_tree` that stand where `shallow_tree` has leaves."""
    if not is_nested(shallow_tree):
        return [input_tree]
    flat = []
    for shallow, deep in zip(parts(shallow_tree), _matched(shallow_tree, input_tree)):
        flat.extend(flatten_up_to(shallow, deep))
    return flat


def _matched(shallow, deep):
    if not is_nested(deep):
        raise TypeError(
            f"If shallow structure is a sequence, input must also be a sequence. Input has type: {type(deep)}."
        )
    found = parts(deep)
    if len(found) != len(parts(shallow)):
        raise ValueError(
            f"The two structures don't have the same sequence length. Input structure has length {len(found)}, "
            f"while shallow structure has length {len(parts(shallow))}."
        )
    return found


def map_structure_up_to(shallow_tree, func, *inputs):
    """`func` applied to the parts of `inputs` at the leaves of `shallow_tree`."""
    flat = [flatten_up_to(shallow_tree, tree) for tree in inputs]
    return pack_sequence_as(shallow_tree, [func(*items) for items in zip(*flat)])
