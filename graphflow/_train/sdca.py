"""Linear models by stochastic dual coordinate ascent: the graph round the solver.

Source: Shalev-Shwartz, Zhang, "Proximal stochastic dual coordinate ascent" (2012), https://arxiv.org/abs/1211.2717.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    choosing,
    compare,
    cross_entropy,
    gather,
    grouping,
    joining,
    math,
    matmul,
    nn,
    partitioned_variable,
    reduce,
    sdca,
    segment,
    sets,
    state,
    state_scatter,
    summaries,
    unary,
    variable,
)  # fmt: skip
from graphflow._train import mutable_tables

_LOSSES = "logistic_loss", "squared_loss", "hinge_loss", "smooth_hinge_loss", "poisson_loss"
_KINDS = "sparse_features_weights", "dense_features_weights"


class SparseFeatureColumn:
    """A sparse feature of a batch: three vectors, of the example, the feature and the value of each entry; values may be None."""

    def __init__(self, example_indices, feature_indices, feature_values):
        with build.name_scope(None, "SparseFeatureColumn", [example_indices, feature_indices]):
            self.example_indices = build.convert_to_tensor(example_indices, name="example_indices", dtype=dtypes.int64)
            self.feature_indices = build.convert_to_tensor(feature_indices, name="feature_indices", dtype=dtypes.int64)
        self.feature_values = None
        if feature_values is not None:
            with build.name_scope(None, "SparseFeatureColumn", [feature_values]):
                self.feature_values = build.convert_to_tensor(
                    feature_values, name="feature_values", dtype=dtypes.float32
                )


def sparse_feature(ids, weights=None):
    """The SparseFeatureColumn of a SparseTensor of ids `[n, ...]`, of weights too: no negative ids, none twice in an example."""
    examples, features = (
        array.reshape(ids.indices[:, 0], [-1]),
        math.cast(array.reshape(ids.values, [-1]), dtypes.int64),
    )
    amounts = array.ones([array.shape(ids.indices)[0]]) if weights is None else array.reshape(weights.values, [-1])
    is_known = compare.greater_equal(features, 0)
    examples, features, amounts = (choosing.boolean_mask(x, is_known) for x in (examples, features, amounts))
    width = reduce.reduce_max(features) + 1
    pairs, places = sets.unique(width * examples + features)
    number = array.shape(pairs)[0]
    owners = segment.unsorted_segment_min(examples, places, number)
    return SparseFeatureColumn(owners, pairs - width * owners, segment.unsorted_segment_sum(amounts, places, number))


class ShardedMutableDenseHashTable:
    """Tables that share their keys out, each key to one: as `tf.contrib.lookup.MutableDenseHashTable`, and `num_shards`."""

    def __init__(
        self, key_dtype, value_dtype, default_value, empty_key, deleted_key, num_shards=1, checkpoint=True,
        name="ShardedMutableHashTable",
    ):  # fmt: skip
        with build.name_scope(name, "sharded_mutable_hash_table") as scope:
            self.name = scope
            self.table_shards = [
                mutable_tables.DenseHashTable(
                    key_dtype, value_dtype, default_value, empty_key, deleted_key, checkpoint=checkpoint,
                    name=f"{name}-{i + 1}-of-{num_shards}",
                )
                for i in range(num_shards)
            ]  # fmt: skip

    def size(self, name=None):
        """The number of entries in all."""
        with build.name_scope(name, "sharded_mutable_hash_table_size"):
            return math.add_n([shard.size() for shard in self.table_shards])

    def _parts(self, keys, *others):
        """The rows of each tensor by the table they belong to."""
        first = keys if keys.get_shape().ndims == 1 else keys[:, 0]
        shard = math.cast(math.mod(unary.abs(first), len(self.table_shards)), dtypes.int32)
        return [sets.dynamic_partition(x, shard, len(self.table_shards)) for x in (keys, *others)]

    def lookup(self, keys, name=None):
        """The values of keys."""
        if len(self.table_shards) == 1:
            return self.table_shards[0].lookup(keys, name=name)
        parts, places = self._parts(keys, math.range(array.shape(keys)[0]))
        found = [shard.lookup(part, name=name) for shard, part in zip(self.table_shards, parts, strict=True)]
        return sets.dynamic_stitch(places, found)

    def insert(self, keys, values, name=None):
        """The operation that puts values under keys."""
        if len(self.table_shards) == 1:
            return self.table_shards[0].insert(keys, values, name=name)
        parts = zip(self.table_shards, *self._parts(keys, values), strict=True)
        return grouping.group(*[shard.insert(*part, name=name) for shard, *part in parts])

    def export_sharded(self, name=None):
        """(list of keys, list of values), one item a table."""
        found = [shard.export(name=name) for shard in self.table_shards]
        return [keys for keys, _ in found], [values for _, values in found]


class SdcaModel:
    """A linear model trained by dual coordinate ascent.

    Args:
        examples: dict of `sparse_features` (list of SparseFeatureColumns), `dense_features` (list of float32 `[n, numbers]`),
            `example_labels` and `example_weights` (float32 `[n]`), `example_ids` (string `[n]`).
        variables: dict of `sparse_features_weights` and `dense_features_weights`, lists of variables `[numbers]`, each one perhaps
            a list of parts.
        options: dict of `loss_type`, `symmetric_l1_regularization`, `symmetric_l2_regularization` (1 at least), and perhaps
            `num_loss_partitions` (1), `num_table_shards` (1), `adaptive` (True).

    Raises:
        ValueError: something is missing, a loss is unknown, or a strength negative.
    """

    _slot_suffix = "_unshrinked/SDCAOptimizer"

    def __init__(self, examples, variables, options):
        if not examples or not variables or not options:
            raise ValueError("examples, variables and options must all be specified.")
        if options["loss_type"] not in _LOSSES:
            raise ValueError(f"Unsupported loss_type: {options['loss_type']}; there are {', '.join(_LOSSES)}")
        _check(examples, ("example_labels", "example_weights", "example_ids", "sparse_features", "dense_features"))
        _check(variables, _KINDS)
        for name in ("symmetric_l1_regularization", "symmetric_l2_regularization"):
            if options[name] < 0.0:
                raise ValueError(f"{name} should be non-negative. Found ({options[name]:f})")
        self._examples, self._variables, self._loss = examples, variables, options["loss_type"]
        self._l1, self._given_l2 = options["symmetric_l1_regularization"], options["symmetric_l2_regularization"]
        self._l2 = max(self._given_l2, 1.0)  # the algorithm needs that much
        self._partitions, self._adaptive = options.get("num_loss_partitions", 1), options.get("adaptive", True)
        # What weights would be before the proximal step shrinks them.
        self._slots = {kind: [_slots(var, self._slot_suffix) for var in variables[kind]] for kind in _KINDS}
        self._table = ShardedMutableDenseHashTable(
            dtypes.int64, dtypes.float32, [0.0] * 4, [0, 0], [1, 1], num_shards=options.get("num_table_shards") or 1
        )
        summaries.scalar("approximate_duality_gap", self.approximate_duality_gap())
        summaries.scalar("examples_seen", self._table.size())

    def _every(self):
        return [part for kind in _KINDS for var in self._variables[kind] for part in _parts(var)]

    # -- training --------------------------------------------------------------------------------------------------------

    def minimize(self, global_step=None, name=None):
        """The operation of one pass over the examples; it counts `global_step` up where there is one."""
        graph, examples = graph_lib.get_default_graph(), self._examples
        with build.name_scope(name, "sdca/minimize") as scope:
            sparse_slots, dense_slots = (self._slots[kind] for kind in _KINDS)
            features = examples["sparse_features"]
            hashed = sdca.sdca_fprint(build.convert_to_tensor(examples["example_ids"]))
            known = self._table.lookup(hashed)
            indices, weights = [], []
            for slot, feature in zip(sparse_slots, features, strict=True):
                ids, _ = sets.unique(math.cast(feature.feature_indices, dtypes.int32))
                indices.append(math.cast(ids, dtypes.int64))
                weights.append(gather.gather(_whole(slot), indices[-1]))
            found, sparse_changes, dense_changes = sdca.sdca_optimizer_v2(
                [feature.example_indices for feature in features], [feature.feature_indices for feature in features],
                [feature.feature_values for feature in features if feature.feature_values is not None],
                [build.convert_to_tensor(x) for x in examples["dense_features"]],
                build.convert_to_tensor(examples["example_weights"]), build.convert_to_tensor(examples["example_labels"]),
                indices, weights, [_whole(slot) for slot in dense_slots], known, loss_type=self._loss, l1=self._l1, l2=self._l2,
                num_loss_partitions=self._partitions, num_inner_iterations=1, adaptive=self._adaptive,
            )  # fmt: skip
            with graph.control_dependencies([found]):
                updates = [self._table.insert(hashed, found)]
                for slot, ids, change in zip(sparse_slots, indices, sparse_changes, strict=True):
                    updates += _added_rows(slot, ids, change)
                for slot, change in zip(dense_slots, dense_changes, strict=True):
                    sizes = [part.get_shape()[0].value for part in slot]
                    pieces = [change] if len(slot) == 1 else joining.split(change, sizes)
                    updates += [state.assign_add(*pair) for pair in zip(slot, pieces, strict=True)]
            if global_step is None:
                return grouping.group(*updates)
            with graph.control_dependencies(updates):
                return state.assign_add(global_step, 1, name=scope).op

    def update_weights(self, train_op):
        """The operation that gives the variables their new values, shrunk for l1, after `train_op`."""
        graph = graph_lib.get_default_graph()
        slots = [part for kind in _KINDS for slot in self._slots[kind] for part in slot]
        with graph.control_dependencies([train_op]):
            set_ops = [var.assign(slot) for var, slot in zip(self._every(), slots, strict=True)]
        with graph.control_dependencies(set_ops):
            return grouping.group(*[self._shrunk(var) for var in self._every()])

    def _shrunk(self, var):
        if var.dtype.is_ref:
            return sdca.sdca_shrink_l1([var], l1=self._l1, l2=self._l2)
        held = var.read_value()
        return var.assign(unary.sign(held) * math.maximum(unary.abs(held) - self._l1 / self._l2, 0.0))

    # -- what it is worth ------------------------------------------------------------------------------------------------

    def predictions(self, examples):
        """float32 `[n]`: chances of class 1 for "logistic_loss", expected counts for "poisson_loss", w x for others."""
        _check(examples, ("example_weights", "sparse_features", "dense_features"))
        found = self._linear(examples)
        if self._loss == "logistic_loss":
            with build.name_scope("sdca/logistic_prediction"):
                return unary.sigmoid(found)
        if self._loss == "poisson_loss":
            with build.name_scope("sdca/poisson_prediction"):
                return unary.exp(found)
        return found

    def _linear(self, examples):
        """w x, `[n]`."""
        with build.name_scope("sdca/prediction"):
            sparse, dense = 0.0, 0.0
            for feature, var in zip(examples["sparse_features"], self._variables[_KINDS[0]], strict=True):
                taken = gather.gather(_whole(_parts(var)), feature.feature_indices)
                sparse += segment.segment_sum(math.multiply(taken, feature.feature_values), feature.example_indices)
            for x, var in zip(examples["dense_features"], self._variables[_KINDS[1]], strict=True):
                dense += matmul.matmul(build.convert_to_tensor(x), array.reshape(_whole(_parts(var)), [-1, 1]))
        return array.reshape(dense, [-1]) + sparse

    def _sum(self, name, of):
        with build.name_scope(name):
            every = [math.cast(build.convert_to_tensor(var), dtypes.float64) for var in self._every()]
            return math.add_n([reduce.reduce_sum(of(x)) for x in every])

    def _l1_loss(self):
        return self._l1 * self._sum("sdca/l1_loss", unary.abs)

    def _l2_loss(self, l2):
        return l2 * self._sum("sdca/l2_loss", unary.square) / 2.0

    def approximate_duality_gap(self):
        """How far the objective may be from its least value, a float64 scalar; NaN before any example was seen."""
        with build.name_scope("sdca/approximate_duality_gap"):
            _, values = self._table.export_sharded()
            total = math.add_n([reduce.reduce_sum(math.cast(x, dtypes.float64), 0) for x in values])
            primal, dual, weights = total[1], total[2], total[3]
            return (primal + dual + self._l1_loss() + 2.0 * self._l2_loss(self._l2)) / weights

    def unregularized_loss(self, examples):
        """The weighted mean of the losses of examples, a float64 scalar."""
        _check(examples, ("example_labels", "example_weights", "sparse_features", "dense_features"))
        with build.name_scope("sdca/unregularized_loss"):
            found, labels, weights = (
                math.cast(build.convert_to_tensor(x), dtypes.float64)
                for x in (self._linear(examples), examples["example_labels"], examples["example_weights"])
            )
            if self._loss == "logistic_loss":
                losses = cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=found)
            elif self._loss == "poisson_loss":
                losses = cross_entropy.log_poisson_loss(targets=labels, log_input=found)
            elif self._loss == "squared_loss":
                losses = unary.square(labels - found) / 2.0
            else:
                losses = nn.relu(1 - (2 * labels - 1) * found)
            return reduce.reduce_sum(losses * weights) / reduce.reduce_sum(weights)

    def regularized_loss(self, examples):
        """`unregularized_loss` and the regularization, as the user gave it, by the sum of the weights."""
        with build.name_scope("sdca/regularized_loss"):
            weights = math.cast(build.convert_to_tensor(examples["example_weights"]), dtypes.float64)
            held = self._l1_loss() + self._l2_loss(self._given_l2)
            return held / reduce.reduce_sum(weights) + self.unregularized_loss(examples)


def _check(given, names):
    for name in names:
        if given[name] is None:
            raise ValueError(f"{name} must be specified.")
        if name.endswith(("features", "features_weights")) and not isinstance(given[name], list):
            raise ValueError(f"{name} must be a list.")


def _parts(var):
    return list(var) if isinstance(var, (list, partitioned_variable.PartitionedVariable)) else [var]


def _slots(var, suffix):
    return [
        variable.Variable(array.zeros_like(part.initialized_value(), dtypes.float32), name=part.op.name + suffix)
        for part in _parts(var)
    ]


def _whole(parts):
    return build.convert_to_tensor(parts[0]) if len(parts) == 1 else array.concat(parts, 0)


def _added_rows(parts, ids, change):
    """The operations that add to rows of a variable, or of its parts: the first of these have one row more."""
    if len(parts) == 1:
        return [state_scatter.scatter_add(parts[0], ids, change)]
    total = sum(part.get_shape()[0].value for part in parts)
    small, more = divmod(total, len(parts))
    place = math.maximum(ids // (small + 1), (ids - more) // small)
    rows = choosing.where_v2(compare.less(place, more), ids % (small + 1), (ids - more) % small)
    place = math.cast(place, dtypes.int32)
    rows, pieces = (sets.dynamic_partition(x, place, len(parts)) for x in (rows, change))
    return [state_scatter.scatter_add(*one) for one in zip(parts, rows, pieces, strict=True)]
