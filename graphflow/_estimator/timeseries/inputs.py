"""Readers of time series, and input functions over them."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, nest
from graphflow._estimator import inputs
from graphflow._estimator.timeseries import feature_keys
from graphflow._files import gfile
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    compare,
    control_flow,
    decoding,
    gather,
    host,
    joining,
    random,
    readers,
    rearrange,
    reduce,
    state,
    top_k,
    variable,
)  # fmt: skip
from graphflow._train import batching, input_producers

_KEYS = feature_keys.TrainEvalFeatures


class TimeSeriesReader:
    """Where a series comes from; a kind of it defines `read` and `read_full`."""

    def check_dataset_size(self, minimum_dataset_size):
        """ValueError where it is known to be shorter."""

    def read(self):
        """dict name -> `[records, ...]`: some records, those that follow in the next run."""
        raise NotImplementedError("Calling an abstract method: a reader defines `read`.")

    def read_full(self):
        """dict name -> `[records, ...]`: the whole series, in each run."""
        raise NotImplementedError("Calling an abstract method: a reader defines `read_full`.")


class NumpyReader(TimeSeriesReader):
    """A series in arrays.

    Args:
        data: dict with `times` `[records]` and `values` `[records]` or `[records, features]`, and perhaps others.
        read_num_records_hint: how many records are handed on at once.

    Raises:
        ValueError: one of the two is missing, or shapes do not fit.
    """

    def __init__(self, data, read_num_records_hint=4096):
        self._features = canonical(data, needs_one=True)
        self._hint = read_num_records_hint

    def check_dataset_size(self, minimum_dataset_size):
        size = self._features[_KEYS.TIMES].shape[1]
        if size < minimum_dataset_size:
            raise ValueError(
                f"A TimeSeriesInputFn is configured to create windows of size {minimum_dataset_size}, but only {size} records "
                "were available in the dataset. Either decrease the window size or provide more records."
            )

    def read(self):
        rows = {key: value[0] for key, value in self._features.items()}
        return inputs.numpy_input_fn(rows, batch_size=self._hint, num_epochs=None, shuffle=False)()

    def read_full(self):
        return {key: build.constant(value[0]) for key, value in self._features.items()}


class CSVReader(TimeSeriesReader):
    """A series in CSV files.

    Args:
        filenames: a name or a list of names.
        column_names: what the columns are; several of one name are put side by side.
        column_dtypes: their types; int64 for times and float32 for the others when None.
        skip_header_lines: how many lines each file begins with that are no records.
        read_num_records_hint: how many records are handed on at once.

    Raises:
        ValueError: there are not exactly one column of times and at least one of values, or types for other columns.
    """

    def __init__(
        self, filenames, column_names=(_KEYS.TIMES, _KEYS.VALUES), column_dtypes=None, skip_header_lines=None,
        read_num_records_hint=4096,
    ):  # fmt: skip
        for key in (_KEYS.TIMES, _KEYS.VALUES):
            if key not in column_names:
                raise ValueError(f"'{key}' is a required column.")
        if column_dtypes is not None and len(column_dtypes) != len(column_names):
            raise ValueError(
                "If specified, the length of column_dtypes must match the length of column_names (got "
                f"column_dtypes={column_dtypes} and column_names={column_names})."
            )
        if list(column_names).count(_KEYS.TIMES) != 1:
            raise ValueError(f"Got more than one times column ('{_KEYS.TIMES}'), but exactly one is required.")
        self._filenames, self._hint = filenames, read_num_records_hint
        self._names, self._skipped = column_names, skip_header_lines or 0
        usual = [dtypes.int64 if name == _KEYS.TIMES else dtypes.float32 for name in column_names]
        self._types, self._has_defaults = column_dtypes or usual, column_dtypes is not None

    def read(self):
        names = array.reshape(build.convert_to_tensor(self._filenames), [-1])
        queue = input_producers.string_input_producer(names, shuffle=False, capacity=1)
        _, lines = readers.TextLineReader(skip_header_lines=self._skipped).read_up_to(queue, self._hint)
        return self._parsed(lines)

    def read_full(self):
        def every():
            given = [self._filenames] if isinstance(self._filenames, (str, bytes)) else self._filenames
            return np.array([line for name in given for line in self._lines(name)], object)

        lines = host.py_func(every, [], dtypes.string)
        lines.set_shape([None])
        return self._parsed(lines)

    def _lines(self, name):
        with gfile.GFile(name, "rb") as file:
            return file.read().splitlines()[self._skipped :]

    def _parsed(self, records):
        defaults = []
        for name, dtype in zip(self._names, self._types, strict=True):
            # A column without a default must be there.
            has_one = self._has_defaults or name == _KEYS.TIMES
            defaults.append(build.constant([0] if has_one else [], dtype=dtype))
        found = {}
        for name, column in zip(self._names, decoding.decode_csv(records, defaults), strict=True):
            found.setdefault(name, []).append(column)
        return {name: cols[0] if name == _KEYS.TIMES else joining.stack(cols, axis=1) for name, cols in found.items()}


class WholeDatasetInputFn:
    """An input function that gives the whole series, `[1, records, ...]`, in each run."""

    def __init__(self, time_series_reader):
        self._reader = time_series_reader

    def create_batch(self):
        """(features, None)."""
        return {key: array.expand_dims(value, 0) for key, value in self._reader.read_full().items()}, None

    __call__ = create_batch


class RandomWindowInputFn:
    """An input function that gives windows of a series at random, `[batch, window, ...]`.

    Args:
        time_series_reader: a reader.
        window_size, batch_size: ints.
        queue_capacity_multiplier, shuffle_min_after_dequeue_multiplier: sizes of queues, in batches.
        discard_out_of_order: whether windows whose times go back are left out; their records are put in order else.
        discard_consecutive_batches_limit: after how many such batches in a row it ends.
        jitter: whether windows begin at other records each time the series is gone through.
        num_threads: of the queues; shuffle_seed: of the order.
    """

    def __init__(
        self, time_series_reader, window_size, batch_size, queue_capacity_multiplier=1000,
        shuffle_min_after_dequeue_multiplier=2, discard_out_of_order=True, discard_consecutive_batches_limit=1000, jitter=True,
        num_threads=2, shuffle_seed=None,
    ):  # fmt: skip
        time_series_reader.check_dataset_size(window_size)
        self._reader, self._window, self._batch = time_series_reader, window_size, batch_size
        self._capacity, self._least = queue_capacity_multiplier, shuffle_min_after_dequeue_multiplier
        self._discards, self._limit, self._jitter = discard_out_of_order, discard_consecutive_batches_limit, jitter
        self._threads, self._seed = batch_size if num_threads is None else num_threads, shuffle_seed

    def create_batch(self):
        """(features, None)."""
        given, size = self._reader.read(), self._batch * self._window
        skipped = random.random_uniform(shape=[], maxval=2, dtype=dtypes.int32) if self._jitter else 0
        found = batching.batch(
            given,
            batch_size=size + skipped,
            enqueue_many=True,
            capacity=self._capacity * size,
            num_threads=self._threads,
        )
        windows = {}
        for key, value in found.items():
            rest = value.get_shape().as_list()[1:]
            kept = value[skipped:] if self._jitter else value
            windows[key] = array.reshape(kept, array.concat([[self._batch, self._window], array.shape(kept)[1:]], 0))
            windows[key].set_shape([self._batch, self._window, *rest])
        times, is_kept = windows[_KEYS.TIMES], True
        if self._discards:
            is_kept = self._checked(reduce.reduce_all(times[:, 1:] >= times[:, :-1], axis=1))
        else:
            _, last_first = top_k.top_k(times, k=self._window, sorted=True)
            order = rearrange.reverse(last_first, axis=[1])
            windows = {key: gather.gather(value, order, batch_dims=1) for key, value in windows.items()}
        batches = batching.maybe_shuffle_batch(
            windows, num_threads=self._threads, seed=self._seed, batch_size=self._batch,
            capacity=self._capacity * self._batch, min_after_dequeue=self._least * self._batch, keep_input=is_kept,
            enqueue_many=True,
        )  # fmt: skip
        return batches, None

    __call__ = create_batch

    def _checked(self, in_order):
        """`in_order`, read after the count of batches without any window in order."""
        count = variable.Variable(
            build.constant(0, dtype=dtypes.int64), name="discarded_windows_limiter", trainable=False,
            collections=[keys.GraphKeys.LOCAL_VARIABLES],
        )  # fmt: skip

        def counted():
            return control_flow.cond(
                reduce.reduce_any(in_order), lambda: state.assign(count, 0), lambda: count.count_up_to(self._limit)
            )

        checked = control_flow.cond(
            state.is_variable_initialized(count), counted, lambda: build.constant(0, dtype=dtypes.int64)
        )
        with graph_lib.get_default_graph().control_dependencies([checked]):
            return array.identity(in_order)


def predict_continuation_input_fn(evaluation, steps=None, times=None, exogenous_features=None):
    """An input function to predict what follows an evaluation.

    Args:
        evaluation: what `evaluate` gave.
        steps: how many steps to predict; or times: at which, `[time]` or `[batch, time]`.
        exogenous_features: dict of features `[batch, time, ...]` for these times.

    Raises:
        ValueError: both or neither are given; times that do not fit, or are not after the evaluation's.
    """
    features = {
        feature_keys.State.STATE_TUPLE: evaluation[feature_keys.State.STATE_TUPLE],
        _KEYS.TIMES: continued_times(times, steps, evaluation), **(exogenous_features or {}),
    }  # fmt: skip

    def input_fn():
        def once(value):
            return input_producers.limit_epochs(build.convert_to_tensor(value), num_epochs=1)

        return {key: nest.map_structure(once, value) for key, value in features.items()}, None

    return input_fn


def continued_times(times, steps, before):
    """The times `[batch, time]` that follow those of a result; see `predict_continuation_input_fn`."""
    if steps is not None and times is not None:
        raise ValueError("Only one of `steps` and `times` may be specified.")
    if steps is None and times is None:
        raise ValueError("One of `steps` and `times` must be specified.")
    known = before[_KEYS.TIMES]
    if steps is not None:
        return known[:, -1:] + 1 + np.arange(steps)[None]
    times = np.array(times)
    times = times if times.ndim == 2 else times[None]
    if len(known) != len(times):
        raise ValueError(
            "`times` must have a batch dimension matching the previous model output (got a batch dimension of "
            f"{len(times)} for `times` and {len(known)} for the previous model output)."
        )
    if not (known[:, -1] < times[:, 0]).all():
        raise ValueError("Prediction times must be after the corresponding previous model output.")
    return times


def canonical(data, needs_one):
    """Arrays `[batch, time, ...]`, of features with or without these axes; ValueError where they do not fit."""
    found = {key: np.array(value) for key, value in data.items()}
    if _KEYS.TIMES not in found or _KEYS.VALUES not in found:
        raise ValueError(f"{_KEYS.TIMES} and {_KEYS.VALUES} are required features.")
    times = found[_KEYS.TIMES]
    for key, value in found.items():
        if value.shape[: times.ndim] != times.shape:
            raise ValueError(
                "All features must have their shapes prefixed by the shape of the times feature. Got shape "
                f"{value.shape} for feature '{key}', but shape {times.shape} for '{_KEYS.TIMES}'"
            )
    if times.ndim > 2:
        raise ValueError(
            "Got an unexpected number of dimensions for times. Was expecting at most two ([batch size, series length]), but got "
            f"shape {times.shape}."
        )
    if times.ndim < 2:
        values = found[_KEYS.VALUES]
        if values.ndim > times.ndim + 1:
            raise ValueError(
                f"Got an unexpected number of dimensions for the '{_KEYS.VALUES}' feature: shape {values.shape} for times of "
                f"shape {times.shape}"
            )
        if values.ndim == times.ndim:
            found[_KEYS.VALUES] = values[..., None]
        axes = (0,) if times.ndim else (0, 1)
        found = {key: np.expand_dims(value, axes) for key, value in found.items()}
    if needs_one and found[_KEYS.TIMES].shape[0] != 1:
        raise ValueError("Got batch input, was expecting unbatched input.")
    return found
