"""Distribution strategies: a program computes on one device here, so each strategy is one replica.

What scripts say to a strategy works, with one replica's results; several devices that are asked for are told off in a word.
"""

from __future__ import annotations

import contextlib
import enum
import threading

from graphflow._core import log
from graphflow._graph import current
from graphflow._ops import datasets, grouping, reduce


class ReduceOp(enum.Enum):
    """How the replicas' values become one."""

    SUM = "SUM"
    MEAN = "MEAN"


class _Here(threading.local):
    strategies: tuple = ()
    in_replica = True


_here = _Here()


class ReplicaContext:
    """What a function that a replica runs knows of the others: there are none."""

    num_replicas_in_sync = 1
    replica_id_in_sync_group = 0

    @property
    def strategy(self):
        """The strategy in whose scope this is."""
        return get_strategy()

    @property
    def devices(self):
        """The device of the replica."""
        return get_strategy().extended.worker_devices

    def merge_call(self, merge_fn, args=(), kwargs=None):
        """`merge_fn(strategy, *args)`."""
        return merge_fn(get_strategy(), *args, **(kwargs or {}))

    def all_reduce(self, reduce_op, value):
        """The value itself: there is one replica."""
        return value


class StrategyExtended:
    """What optimizers and libraries ask a strategy."""

    experimental_between_graph = experimental_require_static_shapes = False
    experimental_should_init = should_checkpoint = should_save_summary = True

    def __init__(self, strategy, device):
        self._strategy = strategy
        self.worker_devices = self.parameter_devices = (device,)

    def call_for_each_replica(self, fn, args=(), kwargs=None):
        """`fn(*args)`."""
        return self._strategy.experimental_run_v2(fn, args, kwargs)

    def colocate_vars_with(self, colocate_with_variable):
        """Variables made inside are placed with another."""
        return current.colocate_with(colocate_with_variable)

    def reduce_to(self, reduce_op, value, destinations):
        """The value itself."""
        return value

    def batch_reduce_to(self, reduce_op, value_destination_pairs):
        """The values themselves."""
        return [value for value, _ in value_destination_pairs]

    def broadcast_to(self, tensor, destinations):
        """The tensor itself."""
        return tensor

    def read_var(self, v):
        """The value of a variable."""
        return v.read_value()

    def update(self, var, fn, args=(), kwargs=None, group=True):
        """`fn(var, *args)`."""
        return fn(var, *args, **(kwargs or {}))

    def update_non_slot(self, colocate_with, fn, args=(), kwargs=None, group=True):
        """`fn(*args)`."""
        return fn(*args, **(kwargs or {}))

    def non_slot_devices(self, var_list):
        """A variable to be placed with."""
        return min(var_list, key=lambda v: v.name)

    def value_container(self, value):
        """The value itself."""
        return value

    def variable_created_in_scope(self, v):
        """True: there is one device."""
        return True


class Strategy:
    """One replica on one device."""

    num_replicas_in_sync = 1

    def __init__(self, device="/device:CPU:0"):
        self.extended = StrategyExtended(self, device)

    @contextlib.contextmanager
    def scope(self):
        """This strategy is the current one inside the `with` block."""
        before = _here.strategies, _here.in_replica
        _here.strategies, _here.in_replica = (*_here.strategies, self), False
        try:
            yield self
        finally:
            _here.strategies, _here.in_replica = before

    def experimental_run_v2(self, fn, args=(), kwargs=None):
        """What `fn(*args)` returns."""
        with self.scope():
            _here.in_replica = True
            return fn(*args, **(kwargs or {}))

    def experimental_run(self, fn, input_iterator=None):
        """What `fn` returns of the iterator's next element."""
        return self.experimental_run_v2(fn, () if input_iterator is None else (input_iterator.get_next(),))

    def reduce(self, reduce_op, value, axis=None):
        """The value; with `axis` its sum or mean over that axis."""
        if axis is None:
            return value
        mean = reduce_op in (ReduceOp.MEAN, "MEAN")
        return (reduce.reduce_mean if mean else reduce.reduce_sum)(value, axis=axis)

    def experimental_local_results(self, value):
        """The replicas' values: a tuple of one."""
        return (value,)

    def unwrap(self, value):
        """The replicas' values: a list of one."""
        return [value]

    def group(self, value, name=None):
        """The operation that runs a value."""
        return grouping.group(value, name=name)

    def make_dataset_iterator(self, dataset):
        """An initializable iterator of a dataset."""
        return _Iterator(dataset)

    def make_input_fn_iterator(self, input_fn, replication_mode=None):
        """An iterator of the dataset that `input_fn(InputContext)` makes."""
        return _Iterator(input_fn(InputContext()))

    def experimental_distribute_dataset(self, dataset):
        """The dataset itself: its batches are the one replica's."""
        return dataset

    def experimental_distribute_datasets_from_function(self, dataset_fn):
        """The dataset of `dataset_fn(InputContext)`."""
        return dataset_fn(InputContext())

    def experimental_make_numpy_dataset(self, numpy_input, session=None):
        """A dataset of the rows of arrays."""
        return datasets.Dataset.from_tensor_slices(numpy_input)

    def colocate_vars_with(self, colocate_with_variable):
        """Variables made inside are placed with another."""
        return self.extended.colocate_vars_with(colocate_with_variable)

    def configure(self, session_config=None, cluster_spec=None, task_type=None, task_id=None):
        """Nothing: there is one process."""

    def update_config_proto(self, config_proto):
        """The ConfigProto as it is."""
        return config_proto


class _Iterator:
    """An iterator whose `initialize` gives the operations that start it."""

    def __init__(self, dataset):
        self._iterator = dataset.make_initializable_iterator()
        self.output_types, self.output_shapes = dataset.output_types, dataset.output_shapes

    def initialize(self):
        """The operations that start it."""
        return [self._iterator.initializer]

    initializer = property(lambda self: self._iterator.initializer)

    def get_next(self):
        """The next element."""
        return self._iterator.get_next()


class InputContext:
    """What an input function is told: there is one pipeline."""

    num_input_pipelines = num_replicas_in_sync = 1
    input_pipeline_id = 0

    def __init__(self, num_input_pipelines=1, input_pipeline_id=0, num_replicas_in_sync=1):
        self.num_input_pipelines, self.input_pipeline_id = num_input_pipelines, input_pipeline_id
        self.num_replicas_in_sync = num_replicas_in_sync

    def get_per_replica_batch_size(self, global_batch_size):
        """The batch of one replica; ValueError where it does not divide."""
        if global_batch_size % self.num_replicas_in_sync:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size} is not divisible by `num_replicas_in_sync` "
                f"{self.num_replicas_in_sync}"
            )
        return global_batch_size // self.num_replicas_in_sync


class OneDeviceStrategy(Strategy):
    """Everything on `device`."""


class MirroredStrategy(Strategy):
    """Replicas on the devices of one machine: one here.

    Args:
        devices: the devices asked for; the first is taken.
        num_gpus, num_gpus_per_worker: how many were asked for.
    """

    def __init__(
        self, devices=None, num_gpus=None, num_gpus_per_worker=None, cross_device_ops=None, auto_shard_dataset=False,
        cross_tower_ops=None,
    ):  # fmt: skip
        devices = [devices] if isinstance(devices, str) else list(devices or ())
        wanted = max(len(devices), num_gpus or 0, num_gpus_per_worker or 0)
        if wanted > 1:
            log.warning("%s: %d devices were asked for; a program computes on one here, as one replica",
                        type(self).__name__, wanted)  # fmt: skip
        super().__init__(devices[0] if devices else "/device:CPU:0")


class CollectiveAllReduceStrategy(MirroredStrategy):
    """Replicas on several machines: one here."""

    def __init__(self, num_gpus_per_worker=0, communication=None, cluster_resolver=None):
        super().__init__(num_gpus_per_worker=num_gpus_per_worker)


class ParameterServerStrategy(MirroredStrategy):
    """Replicas that share variables: one here."""

    def __init__(self, num_gpus_per_worker=0, cluster_resolver=None):
        super().__init__(num_gpus_per_worker=num_gpus_per_worker)


class CentralStorageStrategy(MirroredStrategy):
    """Replicas with the variables in one place: one here."""

    def __init__(self, compute_devices=None, parameter_device=None):
        super().__init__(compute_devices)


class CrossDeviceOps:
    """How replicas exchange gradients, which one need not: what is given to it is kept."""

    def __init__(self, *args, **kwargs):
        self.arguments = args, kwargs


class DistributeConfig:
    """The strategies of an estimator's training and evaluation."""

    def __init__(self, train_distribute=None, eval_distribute=None, remote_cluster=None):
        self.train_distribute, self.eval_distribute, self.remote_cluster = (
            train_distribute,
            eval_distribute,
            remote_cluster,
        )


_DEFAULT, _REPLICA = Strategy(), ReplicaContext()


def get_strategy():
    """The strategy in whose scope this is; one without an effect outside all scopes."""
    return _here.strategies[-1] if _here.strategies else _DEFAULT


def has_strategy():
    """Whether this is in the scope of a strategy."""
    return bool(_here.strategies)


def get_replica_context():
    """The context of a replica; None in a strategy's scope outside its `experimental_run_v2`."""
    return _REPLICA if _here.in_replica else None


def in_cross_replica_context():
    """Whether this is in a strategy's scope outside its `experimental_run_v2`."""
    return not _here.in_replica


def experimental_set_strategy(strategy):
    """Makes a strategy the current one from now on; None ends that."""
    _here.strategies, _here.in_replica = ((), True) if strategy is None else ((strategy,), False)


def get_loss_reduction():
    """How losses are reduced over replicas."""
    return ReduceOp.MEAN
