"""What callbacks are, how several are called, and the two that every `fit` has."""

import collections
import time
import warnings

import numpy as np

from graphflow_keras import dialect
from graphflow_keras.utils.generic_utils import Progbar


class Callback:
    """The base of callbacks; each method is called at the point of training it is named after.

    Attributes:
        params: a dict of training's parameters: 'batch_size', 'epochs', 'steps', 'samples', 'verbose', 'do_validation',
            'metrics'.
        model: the model that is trained.
        validation_data: a list of arrays, or None.

    `logs` holds 'batch' and 'size' at the beginning of a batch, the loss and metrics too at its end, and their means at the
    end of an epoch. A callback with a batch method of its own makes `fit` run one step at a time.
    """

    def __init__(self):
        self.validation_data = None
        self.model = None

    def set_params(self, params):
        """Takes the parameters of training."""
        self.params = params

    def set_model(self, model):
        """Takes the model."""
        self.model = model

    def on_epoch_begin(self, epoch, logs=None):
        """Called at the start of an epoch, counted from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called at the end of an epoch; what it adds to `logs` later callbacks see."""

    def on_batch_begin(self, batch, logs=None):
        """Called before a batch."""

    def on_batch_end(self, batch, logs=None):
        """Called after a batch."""

    def on_train_begin(self, logs=None):
        """Called once, before the first epoch."""

    def on_train_end(self, logs=None):
        """Called once, after the last epoch."""

    # As `tf.keras` has them besides.

    def on_train_batch_begin(self, batch, logs=None):
        """Called before a batch of training; `on_batch_begin` unless overridden."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a batch of training; `on_batch_end` unless overridden."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs=None):
        """Called before an evaluation, that of `fit` too."""

    def on_test_end(self, logs=None):
        """Called after an evaluation."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of an evaluation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of an evaluation; `logs` has its loss and metrics."""

    def on_predict_begin(self, logs=None):
        """Called before a prediction."""

    def on_predict_end(self, logs=None):
        """Called after a prediction."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before a batch of a prediction."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after a batch of a prediction; `logs` has its `outputs`, a list."""


_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


def _own_batch_hooks(callback):
    """The batch methods of a callback that do something."""
    return [name for name in _BATCH_HOOKS if _is_own(callback, name) and getattr(callback, name) is not nothing]


def _is_own(callback, name):
    """Whether a callback has a method of that name that is not `Callback`'s."""
    method = getattr(callback, name, None)
    return method is not None and getattr(method, "__func__", None) is not getattr(Callback, name)


def _train_batch_hook(callback, when):
    """`on_train_batch_begin` or `..._end` of a callback; one that is no `Callback` may have but the older method."""
    return getattr(callback, f"on_train_batch_{when}", None) or getattr(callback, f"on_batch_{when}")


class Batches:
    """Some batches that ran in one dispatch, as callbacks see them afterwards.

    Args:
        first: the number of the first batch in its epoch.
        sizes: the number of samples of each.
        outputs: a dict from label to an array of values, one a batch.
    """

    def __init__(self, first, sizes, outputs):
        self.first, self.sizes, self.outputs = first, sizes, outputs

    def __len__(self):
        return len(self.sizes)

    def begun(self, i):
        """The number and the logs of a batch at its beginning."""
        return self.first + i, {"batch": self.first + i, "size": self.sizes[i]}

    def ended(self, i):
        """The number and the logs of a batch at its end."""
        batch, logs = self.begun(i)
        logs.update((label, values[i]) for label, values in self.outputs.items())
        return batch, logs

    def mean(self, label):
        """The mean over the samples."""
        return np.average(np.asarray(self.outputs[label], dtype="float64"), weights=self.sizes)


class CallbackList:
    """Several callbacks called in order.

    Args:
        queue_length: over how many batches the time of the batch methods is watched, to warn of a slow one.
    """

    def __init__(self, callbacks=None, queue_length=10):
        self.callbacks = list(callbacks or [])
        self.queue_length = queue_length
        self._batch_time = 0.0
        self._entered = None
        self._times = {}

    def append(self, callback):
        """Adds a callback at the end."""
        self.callbacks.append(callback)

    def set_params(self, params):
        """Hands the parameters to all."""
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        """Hands the model to all."""
        for callback in self.callbacks:
            callback.set_model(model)

    def _call(self, method, *arguments):
        for callback in self.callbacks:
            getattr(callback, method)(*arguments)

    def watching(self, mode):
        """Those of the callbacks that have methods for `test` or `predict`."""
        names = [f"on_{mode}_{when}" for when in ("begin", "end", "batch_begin", "batch_end")]
        return CallbackList([c for c in self.callbacks if any(_is_own(c, name) for name in names)])

    def on_mode(self, mode, when, *arguments):
        """Calls `on_<mode>_<when>` of all that have it."""
        for callback in self.callbacks:
            getattr(callback, f"on_{mode}_{when}", nothing)(*arguments)

    def on_epoch_begin(self, epoch, logs=None):
        """Calls all at the start of an epoch."""
        self._call("on_epoch_begin", epoch, logs or {})
        self._batch_time = 0.0
        self._times = {}

    def on_epoch_end(self, epoch, logs=None):
        """Calls all at the end of an epoch."""
        self._call("on_epoch_end", epoch, {} if logs is None else logs)

    def on_batch_begin(self, batch, logs=None):
        """Calls all before a batch."""
        self._watched("begin", batch, {} if logs is None else logs)
        self._entered = time.time()

    def on_batch_end(self, batch, logs=None):
        """Calls all after a batch."""
        if self._entered is not None:
            self._batch_time = time.time() - self._entered
        self._watched("end", batch, {} if logs is None else logs)

    def _watched(self, when, batch, logs):
        start, method = time.time(), f"on_batch_{when}"
        for callback in self.callbacks:
            _train_batch_hook(callback, when)(batch, logs)
        times = self._times.setdefault(method, collections.deque(maxlen=self.queue_length))
        times.append(time.time() - start)
        if times[-1] > 0.1 and self._batch_time > 0.0:
            median = np.median(times)
            if median > 0.1 and median > 0.95 * self._batch_time:
                warnings.warn(
                    f"Method {method}() is slow compared to the batch update ({median:f}). Check your callbacks.",
                    stacklevel=3,
                )

    def on_train_begin(self, logs=None):
        """Calls all before training."""
        self._call("on_train_begin", logs or {})

    def on_train_end(self, logs=None):
        """Calls all after training."""
        self._call("on_train_end", logs or {})

    def act_between_batches(self):
        """Whether a callback must be called between two steps: it has a batch method that may look at or change the model."""
        return any(_own_batch_hooks(c) and not _watches_only(c) for c in self.callbacks)

    def after_batches(self, batches):
        """Calls the batch methods for batches that ran in one dispatch."""
        for callback in self.callbacks:
            if _own_batch_hooks(callback):
                callback._after_batches(batches)

    def __iter__(self):
        return iter(self.callbacks)

    def __len__(self):
        return len(self.callbacks)


def nothing(*arguments):
    """What a LambdaCallback does where it was given nothing."""


class Watcher(Callback):
    """A callback whose batch methods only read their logs, so that they may be called some batches late.

    A class that writes such methods sets `_only_watches` to True; a subclass that writes others is no watcher any more.
    """

    def _after_batches(self, batches):
        for i in range(len(batches)):
            self.on_train_batch_begin(*batches.begun(i))
            self.on_train_batch_end(*batches.ended(i))


def _watches_only(callback):
    """Whether the batch methods of a callback are those of a class that says so of itself, and not of a subclass of it."""
    for name in _BATCH_HOOKS:
        if name in vars(callback):
            return False
        owner = next((c for c in type(callback).__mro__ if name in vars(c)), Callback)
        if owner is not Callback and not vars(owner).get("_only_watches", False):
            return False
    return True


class BaseLogger(Watcher):
    """Averages the loss and metrics over an epoch; every `fit` has one.

    Args:
        stateful_metrics: names of metrics that are logged as they are.
    """

    _only_watches = True

    def __init__(self, stateful_metrics=None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch, logs=None):
        self.seen = 0
        self.totals = {}

    def on_batch_end(self, batch, logs=None):
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size
        for k, v in logs.items():
            if k in self.stateful_metrics:
                self.totals[k] = v
            else:  # in double precision, whatever the model's
                self.totals[k] = self.totals.get(k, 0) + (np.float64(v) if isinstance(v, np.floating) else v) * size

    def _after_batches(self, batches):
        self.seen += int(np.sum(batches.sizes))
        for k, values in batches.outputs.items():
            if k in self.stateful_metrics:
                self.totals[k] = values[-1]
            else:
                self.totals[k] = self.totals.get(k, 0) + np.dot(np.asarray(values, dtype="float64").T, batches.sizes)

    def on_epoch_end(self, epoch, logs=None):
        if logs is None:
            return
        validation = dict(logs)
        if dialect.is_tf_keras():  # names them last
            logs.clear()
        for k in self.params["metrics"]:
            if k in self.totals:
                logs[k] = self.totals[k] if k in self.stateful_metrics else self.totals[k] / self.seen
        logs.update({k: v for k, v in validation.items() if k not in logs})


class ProgbarLogger(Watcher):
    """Prints the progress bar; `fit` has one unless it is to be silent.

    Args:
        count_mode: 'samples' or 'steps': what the bar counts.
        stateful_metrics: names of metrics that are shown as they are, not as means.

    Raises:
        ValueError: another count mode.
    """

    _only_watches = True

    def __init__(self, count_mode="samples", stateful_metrics=None):
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError(f"Unknown `count_mode`: {count_mode}")
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())

    def on_train_begin(self, logs=None):
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]

    def on_epoch_begin(self, epoch, logs=None):
        self.seen = 0
        self.target = self.params["steps" if self.use_steps else "samples"]
        self.log_values = []
        if self.verbose:
            if self.epochs > 1 or not dialect.is_tf_keras():
                print(f"Epoch {epoch + 1}/{self.epochs}")
            self.progbar = Progbar(
                target=self.target,
                verbose=self.verbose,
                stateful_metrics=self.stateful_metrics,
                unit_name="sample" if dialect.is_tf_keras() and not self.use_steps else "step",
            )

    def on_batch_begin(self, batch, logs=None):
        if self.target is None or self.seen < self.target:
            self.log_values = []

    def on_batch_end(self, batch, logs=None):
        logs = logs or {}
        self._advance(1 if self.use_steps else logs.get("size", 0), logs)

    def _advance(self, amount, logs):
        self.seen += amount
        self.log_values += [(k, logs[k]) for k in self.params["metrics"] if k in logs]
        # The last batch is shown by `on_epoch_end`.
        if self.verbose and (self.target is None or self.seen < self.target):
            self.progbar.update(self.seen, self.log_values)

    def _after_batches(self, batches):
        # All but the last at once; the last as ever, since what the bar shows at the end of an epoch depends on it.
        last = len(batches) - 1
        if last:
            head = Batches(batches.first, batches.sizes[:last], {k: v[:last] for k, v in batches.outputs.items()})
            logs = {k: v[-1] if k in self.stateful_metrics else head.mean(k) for k, v in head.outputs.items()}
            self.log_values = []
            self._advance(last if self.use_steps else int(np.sum(head.sizes)), logs)
        self.on_batch_begin(*batches.begun(last))
        self.on_batch_end(*batches.ended(last))

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        self.log_values += [(k, logs[k]) for k in self.params["metrics"] if k in logs]
        if self.verbose:
            self.progbar.update(self.seen, self.log_values)
