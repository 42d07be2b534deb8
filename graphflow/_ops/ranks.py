"""Assertions about ranks and shapes: at once where they are known, else when they run."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, static_value
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, checks, compare, grouping


def assert_rank(x, rank, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x has this rank.

    Args:
        rank: an int32 scalar.
        data: what the error shows in place of the shape of x.
        summarize: how many elements of each tensor are shown.
        message: what the error begins with.

    Raises:
        ValueError: at once, when both ranks are known and differ. InvalidArgumentError: at run time.
    """
    return _assert_rank(
        "assert_rank", "", lambda own, wanted: own == wanted, compare.equal, x, rank, data, summarize, message, name
    )


def assert_rank_at_least(x, rank, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x has at least this rank; arguments as of `assert_rank`."""
    return _assert_rank(
        "assert_rank_at_least", " at least", lambda own, wanted: own >= wanted, compare.greater_equal, x, rank, data,
        summarize, message, name,
    )  # fmt: skip


def _assert_rank(scope_name, relation, holds, comparison, x, rank, data, summarize, message, name):
    with build.name_scope(name, scope_name, [x, rank, *(data or [])]):
        x = build.convert_to_tensor(x, name="x")
        rank = build.convert_to_tensor(rank, name="rank")
        message = message or ""
        if data is None:
            data = [message, f"Tensor {x.name} must have rank{relation}", rank, "Received shape: ", array.shape(x)]
        checks.assert_type(rank, dtypes.int32)
        wanted = _known_rank(rank)
        if wanted is not None and x._dims is not None:
            if not holds(len(x._dims), wanted):
                raise ValueError(
                    f"{message}.  Tensor {x.name} must have rank{relation} {wanted}.  Received rank {len(x._dims)}, "
                    f"shape {x.shape}"
                )
            return grouping.no_op(name="static_checks_determined_all_ok")
        condition = _scalar_rank(rank, comparison(array.rank(x), rank))
        return asserts.Assert(condition, data, summarize=summarize)


def _known_rank(rank):
    value = static_value.constant_value(rank)
    if value is not None and value.ndim != 0:
        raise ValueError("Rank must be a scalar.")
    return None if value is None else int(value)


def _scalar_rank(rank, condition):
    """`condition`, after a check that a rank known only at run time is a scalar."""
    if static_value.constant_value(rank) is not None:
        return condition
    check = assert_rank(rank, 0, data=["Rank must be a scalar. Received rank: ", rank])
    return grouping.with_dependencies([check], condition)


def assert_rank_in(x, ranks, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless the rank of x is one of `ranks`; arguments as of `assert_rank`."""
    with build.name_scope(name, "assert_rank_in", [x, *ranks, *(data or [])]):
        x = build.convert_to_tensor(x, name="x")
        ranks = [build.convert_to_tensor(rank, name="rank") for rank in ranks]
        message = message or ""
        if data is None:
            data = [message, f"Tensor {x.name} must have rank in", *ranks, "Received shape: ", array.shape(x)]
        for rank in ranks:
            checks.assert_type(rank, dtypes.int32)
        wanted = [_known_rank(rank) for rank in ranks]
        if x._dims is not None and None not in wanted:
            if len(x._dims) not in wanted:
                raise ValueError(
                    f"{message}.  Tensor {x.name} must have rank in {tuple(wanted)}.  Received rank {len(x._dims)}, "
                    f"shape {x.shape}"
                )
            return grouping.no_op(name="static_checks_determined_all_ok")
        own = array.rank(x)
        condition = compare.equal(ranks[0], own) if ranks else build.convert_to_tensor(False)
        for rank in ranks[1:]:
            condition = compare.logical_or(condition, compare.equal(rank, own))
        for rank in ranks:
            condition = _scalar_rank(rank, condition)
        return asserts.Assert(condition, data, summarize=summarize)


def assert_scalar(tensor, name=None, message=None):
    """`tensor`; ValueError unless it is known to be a scalar."""
    with build.name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = build.convert_to_tensor(tensor, name=scope)
        if tensor._dims != ():
            raise ValueError(f"{message or ''}Expected scalar shape for {tensor.name}, saw shape: {tensor.shape}.")
        return tensor


def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless tensors have the shapes that go with them, equal symbols standing for equal sizes.

    Args:
        shapes: tensor -> shape, a dict or a list of pairs. A shape is a list of sizes: integers, symbols, or None or '.' for
            any size; `...` or '*' in front stands for any number of axes.

    Raises:
        ValueError: at once, where a mismatch is known or a shape is no list. InvalidArgumentError: at run time.
    """
    pairs = shapes.items() if isinstance(shapes, dict) else shapes
    message = message or ""
    with build.name_scope(name, "assert_shapes"):
        pairs = [_parsed(build.convert_to_tensor(x), wanted, message) for x, wanted in pairs if wanted is not None]
        ranks = [check for pair in pairs if (check := _rank_check(*pair, data, summarize, message, name)) is not None]
        sizes = _size_checks(pairs, data, summarize, message)
        with graph_lib.get_default_graph().control_dependencies(ranks):
            return grouping.group(*sizes)


def _parsed(x, wanted, message):
    """(tensor, whether further axes may come first, symbols of the last axes)."""
    if not hasattr(wanted, "__iter__") and not hasattr(wanted, "__getitem__"):
        raise ValueError(
            f"{message}.  Tensor {x.name}.  Specified shape must be an iterable.  An iterable has the attribute `__iter__` "
            f"or `__getitem__`.  Received specified shape: {wanted}"
        )
    symbols = tuple(wanted)
    for i, symbol in enumerate(symbols):
        if i and (symbol is Ellipsis or symbol == "*"):
            raise ValueError(
                f"{message}.  Tensor {x.name} specified shape index {i}.  Symbol `...` or `*` for a variable number of "
                "unspecified dimensions is only allowed as the first entry"
            )
    is_open = bool(symbols) and (symbols[0] is Ellipsis or symbols[0] == "*")
    return x, is_open, (symbols[1:] if is_open else symbols) or (1,)


def _rank_check(x, is_open, symbols, data, summarize, message, name):
    rest = {"data": data, "summarize": summarize, "message": message, "name": name}
    if is_open:
        return None if len(symbols) <= 1 else assert_rank_at_least(x, len(symbols), **rest)
    return assert_rank_in(x, [0, 1], **rest) if len(symbols) <= 1 else assert_rank(x, len(symbols), **rest)


def _size_checks(pairs, data, summarize, message):
    known, found = {}, []  # symbol -> (size, tensor, axis) where it was seen first
    for x, is_open, symbols in pairs:
        for i, symbol in enumerate(symbols):
            if symbol is None or symbol == ".":
                continue
            axis = i - len(symbols) if is_open else i
            size = _size(x, axis)
            if isinstance(symbol, str) and not symbol.isdecimal():
                if symbol not in known:
                    known[symbol] = size, x, axis
                    continue
                wanted, source, source_axis = known[symbol]
                reason = f"Specified by tensor {source.name} dimension {source_axis}"
            else:
                wanted, reason = int(symbol), "Specified explicitly"
            if isinstance(size, int) and isinstance(wanted, int):
                if size != wanted:
                    raise ValueError(
                        f"{message}.  {reason}.  Tensor {x.name} dimension {axis} must have size {wanted}.  Received size "
                        f"{size}, shape {x.shape}"
                    )
                continue
            shown = data or [
                message, reason, f"Tensor {x.name} dimension", axis, "must have size", wanted, "Received shape: ",
                array.shape(x),
            ]  # fmt: skip
            condition = compare.equal(build.convert_to_tensor(size), build.convert_to_tensor(wanted))
            found.append(asserts.Assert(condition, shown, summarize=summarize))
    return found


def _size(x, axis):
    """The size of an axis: an integer, or a tensor; of a scalar it is 1."""
    if x._dims == ():
        return 1
    known = None if x._dims is None else x._dims[axis]
    return array.shape(x)[axis] if known is None else known
