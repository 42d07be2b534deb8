"""Sums of products by Einstein's convention, composed of transpositions, reshapes and one matrix product a pair."""

from __future__ import annotations

import re
import string

from graphflow._graph import build
from graphflow._ops import array, linalg, math, matmul, rearrange, reduce

_EQUATION = re.compile(r"([a-zA-Z,.]+)(->[a-zA-Z.]*)?")


def einsum(equation, *inputs, name=None):
    """The sum of products that `equation` describes, such as `"ij,jk->ik"`.

    Args:
        equation: one label per axis of each input; after `->` those of the output, else the labels that occur once, sorted.
            `...` stands for further leading axes.
        inputs: tensors of known rank.

    Raises:
        ValueError: the equation is malformed, or does not fit the inputs.
    """
    with build.name_scope(name, "einsum", [*inputs]):
        inputs = [build.convert_to_tensor(x) for x in inputs]
        labels, out = _resolve(equation, [x._dims for x in inputs])
        used = dict.fromkeys("".join(labels) + out)
        for label in used:
            for own in labels:
                if len(labels) == 1 and own.count(label) == 2 and own == own[::-1] and "->" not in equation:
                    return linalg.trace(inputs[0])
                if own.count(label) > 1:
                    raise ValueError(f"Subscript not supported: an axis appears more than once: {own}")
        if any(sum(label in own for own in labels) > 2 and label not in out for label in used):
            return _of_many(inputs, labels, out)
        total, kept = inputs[0], labels[0]
        for other, own in zip(inputs[1:], labels[1:]):
            total, kept = _of_pair(total, kept, other, own, (set(kept) & set(own)) - set(out))
        if set(kept) - set(out):
            total = reduce.reduce_sum(total, axis=[i for i, label in enumerate(kept) if label not in out])
            kept = "".join(label for label in kept if label in out)
        if sorted(kept) != sorted(out):
            raise ValueError(f"Invalid equation: {equation}")
        return _transposed(total, [kept.index(label) for label in out])


def _resolve(equation, shapes):
    """The labels of each input and of the output, ellipses replaced by unused letters."""
    equation = equation.replace(" ", "")
    match = _EQUATION.fullmatch(equation)
    if not match:
        raise ValueError(f"Indices have incorrect format: {equation}")
    labels = match[1].split(",")
    out = match[2][2:] if match[2] else None
    if len(shapes) != len(labels):
        raise ValueError(f'Got {len(shapes)} arguments for equation "{equation}", expecting {len(labels)}')
    hidden = ""
    if "..." in equation:
        unused = [c for c in string.ascii_letters if c not in "".join(labels)]
        for i, (own, dims) in enumerate(zip(labels, shapes)):
            if "..." in own:
                own, letters = _without_ellipsis(own, dims, unused)
                labels[i] = own
                hidden = max(hidden, letters, key=len)
        out = None if out is None else out.replace("...", hidden)
    if any("." in own for own in [*labels, out or ""]):
        raise ValueError('period "." found outside of ellipsis')
    if out is None:
        counts = "".join(labels)
        out = hidden + "".join(sorted(c for c in set(counts) - set(hidden) if counts.count(c) == 1))
    return labels, out


def _without_ellipsis(own, dims, unused):
    parts = own.split("...")
    if len(parts) != 2:
        raise ValueError("Unable to resolve ellipsis. Excess number found.")
    if dims is None:
        raise ValueError("Unable to statically infer ellipsis axes.")
    n = len(dims) - len("".join(parts))
    if n < 0:
        raise ValueError("Ellipses lengths do not match.")
    if len(unused) < n:
        raise ValueError("Unable to resolve ellipsis, too many distinct labels.")
    letters = "".join(unused[len(unused) - n :])
    return own.replace("...", letters), letters


def _of_pair(x, x_labels, y, y_labels, summed):
    """Both multiplied and summed over the labels `summed`: the product and its labels."""
    for t, labels in ((x, x_labels), (y, y_labels)):
        if t._dims is None or len(t._dims) != len(labels):
            raise ValueError(f"{t} of shape {t.shape_text} does not match the labels '{labels}' of einsum")
    shared = (set(x_labels) & set(y_labels)) - summed
    # x: shared, own, summed; y: shared, summed, own
    x_order = sorted(x_labels, key=lambda c: (-1 if c in shared else int(c in summed), c))
    y_order = sorted(y_labels, key=lambda c: (-1 if c in shared else int(c not in summed), c))
    x = _transposed(x, [x_labels.find(c) for c in x_order])
    y = _transposed(y, [y_labels.find(c) for c in y_order])
    n, s = len(shared), len(summed)
    x_own, y_own = len(x_order) - n - s, len(y_order) - n - s
    result = "".join(x_order[: n + x_own] + y_order[n + s :])
    if not summed:
        for _ in range(y_own):
            x = array.expand_dims(x, -1)
        for _ in range(x_own):
            y = array.expand_dims(y, n)
        return math.multiply(x, y), result
    x_sizes = _sizes(x)
    x_total, summed_total = _total(x_sizes[n : n + x_own]), _total(x_sizes[n + x_own :])
    x = _reshaped(x, [*x_sizes[:n], x_total, summed_total])
    y_sizes = _sizes(y)
    y = _reshaped(y, [*y_sizes[:n], summed_total, _total(y_sizes[n + s :])])
    product = matmul.matmul(x, y)
    return _reshaped(product, x_sizes[: n + x_own] + y_sizes[n + s :]), result


def _of_many(inputs, labels, out):
    """The same for labels summed over more than two inputs: all multiplied at full rank."""
    order = [*sorted(set("".join(labels)) - set(out)), *out]
    expanded = []
    for x, own in zip(inputs, labels):
        if x._dims is None or len(x._dims) != len(own):
            raise ValueError(f"{x} of shape {x.shape_text} does not match the labels '{own}' of einsum")
        wanted = sorted(own, key=order.index)
        x = x if wanted == list(own) else rearrange.transpose(x, [own.find(c) for c in wanted])
        sizes = dict(zip(wanted, x._dims))
        expanded.append((x, [(sizes[c] or -1) if c in sizes else 1 for c in order]))
    return reduce.reduce_sum(
        _total([array.reshape(x, sizes) for x, sizes in expanded]), list(range(len(order) - len(out)))
    )


def _transposed(t, order):
    return t if order == list(range(len(order))) else rearrange.transpose(t, perm=order)


def _sizes(t):
    """The sizes of the axes: ints where they are known, scalar tensors elsewhere."""
    if None not in t._dims:
        return list(t._dims)
    shape = array.shape(t)
    return [shape[i] if d is None else d for i, d in enumerate(t._dims)]


def _total(sizes):
    total = 1
    for size in sizes:
        total = total * size
    return total


def _reshaped(t, sizes):
    same = len(sizes) == len(t._dims) and all(isinstance(s, int) and s == d for s, d in zip(sizes, t._dims))
    return t if same else array.reshape(t, sizes)
