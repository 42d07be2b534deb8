"""tf.data.Options: what a dataset may do to run faster. Most options name kernels of TensorFlow and change nothing here."""

from __future__ import annotations


class _Options:
    """Fields that are None until they are set."""

    _fields: dict = {}  # name -> type, or a class of options that is made with the rest

    def __init__(self):
        values = {name: kind() if issubclass(kind, _Options) else None for name, kind in self._fields.items()}
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name):
        if name in type(self)._fields:
            return self._values[name]
        raise AttributeError(f"Cannot get the property {name} on {type(self).__name__}.")

    def __setattr__(self, name, value):
        if name not in self._fields:
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        if value is not None and not isinstance(value, self._fields[name]):
            raise TypeError(
                f"Property '{name}' must be of type {self._fields[name].__name__}, got: {value!r} (type: {type(value)})"
            )
        self._values[name] = value

    def __eq__(self, other):
        return type(self) is type(other) and self._values == other._values

    def merge(self, options):
        """These options, with those of `options` where they are set.

        Raises:
            TypeError: they are of another kind.
        """
        if not isinstance(options, type(self)):
            raise TypeError(f"{type(options).__name__} is incompatible with {type(self).__name__}")
        merged = type(self)()
        for name, ours in self._values.items():
            theirs = options._values[name]
            both = isinstance(ours, _Options) and theirs is not None
            merged._values[name] = ours.merge(theirs) if both else ours if theirs is None else theirs
        return merged


class MapVectorizationOptions(_Options):
    """Options of the vectorization of maps."""

    _fields = {"enabled": bool, "use_choose_fastest": bool}


class OptimizationOptions(_Options):
    """Which rewrites of a dataset are on."""

    _fields = {
        **dict.fromkeys(("apply_default_optimizations", "autotune", "autotune_buffers"), bool),
        "autotune_algorithm": object, "autotune_cpu_budget": int,
        **dict.fromkeys(
            (
                "filter_fusion", "filter_with_random_uniform_fusion", "hoist_random_uniform", "map_and_batch_fusion",
                "map_and_filter_fusion", "map_fusion", "map_parallelization",
            ), bool,
        ),
        "map_vectorization": MapVectorizationOptions,
        **dict.fromkeys(("noop_elimination", "parallel_batch", "shuffle_and_repeat_fusion"), bool),
    }  # fmt: skip

    def names(self):
        """The names of the rewrites that are on, sorted."""
        found = {
            name for name in (
                "filter_fusion", "filter_with_random_uniform_fusion", "hoist_random_uniform", "map_and_batch_fusion",
                "map_and_filter_fusion", "map_parallelization", "map_fusion", "noop_elimination", "parallel_batch",
                "shuffle_and_repeat_fusion",
            ) if self._values[name]
        }  # fmt: skip
        if self.apply_default_optimizations is not False:
            usual = "map_and_batch_fusion", "noop_elimination", "shuffle_and_repeat_fusion"
            found.update(name for name in usual if self._values[name] is not False)
        return sorted(found)


class ThreadingOptions(_Options):
    """How many threads a dataset may use."""

    _fields = {"max_intra_op_parallelism": int, "private_threadpool_size": int}


class DistributeOptions(_Options):
    """How a dataset is cut up among workers."""

    _fields = {"auto_shard": bool, "auto_shard_policy": object, "num_devices": int, "_make_stateless": bool}


class StatsOptions(_Options):
    """What is measured."""

    _fields = {"aggregator": object, "prefix": str, "counter_prefix": str, "latency_all_edges": bool}


class Options(_Options):
    """Options of a dataset, given to it by `Dataset.with_options`."""

    _fields = {
        "experimental_deterministic": bool,
        "experimental_distribute": DistributeOptions,
        "experimental_optimization": OptimizationOptions,
        "experimental_slack": bool,
        "experimental_stats": StatsOptions,
        "experimental_threading": ThreadingOptions,
        "experimental_stateful_whitelist": list,
    }

    def configs(self):
        """How the rewrites go about it, as TensorFlow writes it."""
        fastest = bool(self.experimental_optimization.map_vectorization.use_choose_fastest)
        return [f"map_vectorization:use_choose_fastest:{str(fastest).lower()}"]

    def optimizations(self):
        """The names of the rewrites that are on."""
        return self.experimental_optimization.names() + ["make_sloppy"] * (self.experimental_deterministic is False)
