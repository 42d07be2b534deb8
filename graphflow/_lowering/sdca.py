"""Rules of `_ops/sdca.py`: one pass of dual coordinate ascent over a batch, example by example, on the host.

TensorFlow's threads and its order of examples differ from run to run; here an operation draws its own, the same in each session.

Source: Csiba, Qu, Richtarik, "Stochastic dual coordinate ascent with adaptive probabilities" (2015),
https://arxiv.org/abs/1502.08053, for the order; `sdca_losses` for the steps.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import fingerprint128, rule, sdca_losses

_MOST = 3  # how often an example may come in one pass


def _fprint(ctx, op, texts):
    found = np.empty((len(texts), 2), np.uint64)
    for i, text in enumerate(texts):
        low, high = fingerprint128.fingerprint128(text)
        found[i] = low if low >= 2 else low + 2**64 - 2, high  # tables set 0 and 1 apart
    return found.view(np.int64)


class _Batch:
    """The weights of all features in one vector, and of each example which it has, and their values."""

    def __init__(self, op, inputs):
        attrs = op.attrs
        sparse, with_values, dense = (
            attrs[f"num_{name}"] for name in ("sparse_features", "sparse_features_with_values", "dense_features")
        )
        take = iter(inputs)
        examples, features = ([next(take) for _ in range(sparse)] for _ in range(2))
        values, blocks = [next(take) for _ in range(with_values)], [next(take) for _ in range(dense)]
        self.weights, self.labels = next(take), next(take)
        ids = [next(take) for _ in range(sparse)]
        self._held = [next(take) for _ in range(sparse + dense)]
        sizes = [part.size for part in self._held]
        self.state = np.array(next(take), np.float64)
        self.number = len(self.weights)
        if self.state.shape != (self.number, 4):
            raise errors.InvalidArgumentError(
                None, op, f"example_state_data should have shape [{self.number}, 4], got {list(self.state.shape)}"
            )
        rows, places, amounts, start = [], [], [], 0
        for i in range(sparse):
            rows.append(examples[i])
            places.append(start + _places(op, features[i], ids[i], sizes[i]))
            amounts.append(values[i] if i < with_values else np.ones(len(features[i])))
            start += sizes[i]
        for block, size in zip(blocks, sizes[sparse:], strict=True):
            if block.shape != (self.number, size):
                raise errors.InvalidArgumentError(
                    None,
                    op,
                    f"dense features of shape {list(block.shape)} for {self.number} examples and {size} weights",
                )
            rows.append(np.repeat(np.arange(self.number), size))
            places.append(np.tile(np.arange(start, start + size), self.number))
            amounts.append(block.ravel())
            start += size
        rows = np.concatenate([*rows, np.empty(0, np.int64)])
        order = np.argsort(rows, kind="stable")
        cuts = np.searchsorted(rows[order], np.arange(1, self.number))
        self.places = np.split(np.concatenate([*places, np.empty(0, np.int64)])[order].astype(np.int64), cuts)
        self.amounts = np.split(np.concatenate([*amounts, np.empty(0)])[order].astype(np.float64), cuts)
        self.nominal = np.concatenate([*[part.ravel() for part in self._held], np.empty(0)]).astype(np.float64)
        self.change = np.zeros_like(self.nominal)

    def changes(self):
        """How the weights of each feature changed, in the order in which they were given."""
        cuts = np.cumsum([part.size for part in self._held])[:-1]
        changes = np.split(self.change.astype(np.float32), cuts)
        return [change.reshape(part.shape) for change, part in zip(changes, self._held)]


def _places(op, features, ids, size):
    """Where the weight of each feature stands; all weights are there where `ids` is empty."""
    if not len(ids):
        found, known = features, (features >= 0) & (features < size)
    else:
        order = np.argsort(ids)
        found = order[np.minimum(np.searchsorted(ids, features, sorter=order), len(ids) - 1)]
        known = ids[found] == features
    if not np.all(known):
        raise errors.InvalidArgumentError(
            None, op, f"Found sparse feature indices out of valid range: {features[~known].tolist()}"
        )
    return found


def _pass(ctx, op, *inputs):
    batch, loss, attrs = _Batch(op, inputs), sdca_losses.BY_NAME[op.attrs["loss_type"]], op.attrs
    l2, partitions = attrs["l2"], attrs["num_loss_partitions"]
    shrinkage = attrs["l1"] / l2
    try:
        labels = [loss.label(float(y)) for y in batch.labels]
    except ValueError as error:
        raise errors.InvalidArgumentError(None, op, str(error)) from None

    def predicted(example, weights):
        shrunk = np.sign(weights) * np.maximum(np.abs(weights) - shrinkage, 0)
        return float(batch.amounts[example] @ shrunk)

    squares = [float(x @ x) for x in batch.amounts]
    adapts = attrs["adaptive" if op.type.endswith("V2") else "adaptative"]
    draw = ctx.resources.setdefault((op.name, "order of examples"), np.random.RandomState(0))
    for _ in range(attrs["num_inner_iterations"]):
        if adapts:
            start = [predicted(i, _now(batch, i, partitions)) for i in range(batch.number)]
            residual = [abs(batch.state[i, 0] + loss.slope(start[i], labels[i])) for i in range(batch.number)]
            norms = np.sqrt(np.array(squares) + l2 * loss.smoothness)
            order = _adaptive_order(draw, batch.weights * norms * residual)
        else:
            order = draw.permutation(batch.number)
        for i in order:
            y, weight, old = labels[i], float(batch.weights[i]), batch.state[i, 0]
            before = predicted(i, batch.nominal[batch.places[i]])
            now = predicted(i, _now(batch, i, partitions))
            new = loss.best_dual(y, old, now, partitions * weight * squares[i] / l2)
            np.add.at(batch.change, batch.places[i], batch.amounts[i] * ((new - old) * weight / l2))
            batch.state[i] = new, weight * loss.primal(before, y), weight * loss.dual(old, y), weight
    return batch.state.astype(np.float32), *batch.changes()


def _now(batch, example, partitions):
    """The weights of an example, as if all partitions changed them alike."""
    places = batch.places[example]
    return batch.nominal[places] + partitions * batch.change[places]


def _adaptive_order(draw, chances):
    """As many examples as there are, drawn by their chances, none too often; those not drawn last, the likeliest first."""
    number, total = len(chances), chances.sum()
    order, counts = [], np.zeros(number, int)
    if total > 0:
        for i in draw.choice(number, size=2 * number, p=chances / total):
            if len(order) < number and counts[i] < _MOST:
                order.append(i)
                counts[i] += 1
    unseen = sorted(np.flatnonzero(counts == 0), key=lambda i: -chances[i])
    return order + unseen[: number - len(order)]


def _shrink_l1(ctx, op, *refs):
    shrinkage = np.float32(op.attrs["l1"] / op.attrs["l2"])
    for ref in refs:
        held = ctx.read(ref, op)
        ctx.write(ref, jnp.sign(held) * jnp.maximum(jnp.abs(held) - shrinkage, 0))
    return ()


_solver = rule.Host(_pass, because="each example starts from what the one before it left")
RULES = {
    "SdcaFprint": rule.Host(_fprint, because="texts stay on the host"),
    "SdcaOptimizer": _solver,
    "SdcaOptimizerV2": _solver,
    "SdcaShrinkL1": rule.Compiled(_shrink_l1, writes="update"),
}
