"""Callbacks: what happens at certain points of training."""

import collections
import csv
import json
import os
import time
import warnings

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras._tensorboard import TensorBoardWriter
from graphflow_keras.engine.training_utils import standardize_input_data as standardize_input_data
from graphflow_keras.utils.generic_utils import Progbar

try:
    import requests
except ImportError:
    requests = None


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


_BATCH_HOOKS = ("on_batch_begin", "on_batch_end")


def _own_batch_hooks(callback):
    """The batch methods of a callback that do something."""
    return [
        name
        for name in _BATCH_HOOKS
        if getattr(getattr(callback, name), "__func__", None) is not getattr(Callback, name)
        and getattr(callback, name) is not _nothing
    ]


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

    def on_epoch_begin(self, epoch, logs=None):
        """Calls all at the start of an epoch."""
        self._call("on_epoch_begin", epoch, logs or {})
        self._batch_time = 0.0
        self._times = {name: collections.deque(maxlen=self.queue_length) for name in _BATCH_HOOKS}

    def on_epoch_end(self, epoch, logs=None):
        """Calls all at the end of an epoch."""
        self._call("on_epoch_end", epoch, {} if logs is None else logs)

    def on_batch_begin(self, batch, logs=None):
        """Calls all before a batch."""
        self._watched("on_batch_begin", batch, {} if logs is None else logs)
        self._entered = time.time()

    def on_batch_end(self, batch, logs=None):
        """Calls all after a batch."""
        if self._entered is not None:
            self._batch_time = time.time() - self._entered
        self._watched("on_batch_end", batch, {} if logs is None else logs)

    def _watched(self, method, batch, logs):
        start = time.time()
        self._call(method, batch, logs)
        times = self._times.setdefault(method, collections.deque(maxlen=self.queue_length))
        times.append(time.time() - start)
        if times[-1] > 0.1 and self._batch_time > 0.0:
            median = np.median(times)
            if median > 0.1 and median > 0.95 * self._batch_time:
                warnings.warn(
                    f"Method {method}() is slow compared to the batch update ({median:f}). Check your callbacks.", stacklevel=3
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


def _nothing(*arguments):
    """What a LambdaCallback does where it was given nothing."""


class _Watcher(Callback):
    """A callback whose batch methods only read their logs, so that they may be called some batches late."""

    def _after_batches(self, batches):
        for i in range(len(batches)):
            self.on_batch_begin(*batches.begun(i))
            self.on_batch_end(*batches.ended(i))


def _watches_only(callback):
    """Whether the batch methods of a callback are those of a known watcher, and not of a subclass of it."""
    known = next((c for c in type(callback).__mro__ if c in _WATCHERS), None)
    return known is not None and all(
        getattr(getattr(callback, name), "__func__", None) is getattr(known, name) for name in _BATCH_HOOKS
    )


class BaseLogger(_Watcher):
    """Averages the loss and metrics over an epoch; every `fit` has one.

    Args:
        stateful_metrics: names of metrics that are logged as they are.
    """

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
        if logs is not None:
            for k in self.params["metrics"]:
                if k in self.totals:
                    logs[k] = self.totals[k] if k in self.stateful_metrics else self.totals[k] / self.seen


class TerminateOnNaN(Callback):
    """Stops training when the loss is not finite."""

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


class ProgbarLogger(_Watcher):
    """Prints the progress bar; `fit` has one unless it is to be silent.

    Args:
        count_mode: 'samples' or 'steps': what the bar counts.
        stateful_metrics: names of metrics that are shown as they are, not as means.

    Raises:
        ValueError: another count mode.
    """

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
            print(f"Epoch {epoch + 1}/{self.epochs}")
            self.progbar = Progbar(target=self.target, verbose=self.verbose, stateful_metrics=self.stateful_metrics)

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


class History(Callback):
    """Keeps the logs of all epochs; `fit` returns it.

    Attributes:
        epoch: the epochs' numbers.
        history: a dict from label to the list of its values.
    """

    def on_train_begin(self, logs=None):
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for k, v in (logs or {}).items():
            self.history.setdefault(k, []).append(v)


def _checked_mode(mode, text):
    """'auto', 'min' or 'max'; another mode is answered with a warning and 'auto'."""
    if mode in ("auto", "min", "max"):
        return mode
    warnings.warn(f"{text} {mode} is unknown, fallback to auto mode.", RuntimeWarning, stacklevel=3)
    return "auto"


class ModelCheckpoint(Callback):
    """Saves the model after epochs.

    Args:
        filepath: the file; fields such as `{epoch:02d}` and `{val_loss:.2f}` are filled in.
        monitor: the label to judge by.
        save_best_only: keep only the best model so far.
        save_weights_only: the weights alone instead of the whole model.
        mode: 'min' or 'max'; 'auto' takes 'max' for accuracies.
        period: epochs between two files.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        period=1,
    ):
        super().__init__()
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = filepath
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.period = period
        self.epochs_since_last_save = 0
        mode = _checked_mode(mode, "ModelCheckpoint mode")
        if mode == "auto":
            mode = "max" if "acc" in monitor or monitor.startswith("fmeasure") else "min"
        self.monitor_op, self.best = (np.greater, -np.inf) if mode == "max" else (np.less, np.inf)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        self.epochs_since_last_save += 1
        if self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        filepath = self.filepath.format(epoch=epoch + 1, **logs)
        if not self.save_best_only:
            self._say(epoch, f"saving model to {filepath}")
            self._save(filepath)
            return
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Can save best model only with {self.monitor} available, skipping.", RuntimeWarning, stacklevel=2
            )
        elif self.monitor_op(current, self.best):
            self._say(
                epoch, f"{self.monitor} improved from {self.best:0.5f} to {current:0.5f}, saving model to {filepath}"
            )
            self.best = current
            self._save(filepath)
        else:
            self._say(epoch, f"{self.monitor} did not improve from {self.best:0.5f}")

    def _say(self, epoch, text):
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: {text}")

    def _save(self, filepath):
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(filepath, overwrite=True)


class EarlyStopping(Callback):
    """Stops training when a quantity no longer improves.

    Args:
        monitor: the label to judge by.
        min_delta: a smaller change is no improvement.
        patience: epochs without improvement after which training stops.
        mode: 'min' or 'max'; 'auto' takes 'max' for accuracies.
        baseline: what must be surpassed from the beginning.
        restore_best_weights: whether the model gets the weights of its best epoch back.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
    ):
        super().__init__()
        self.monitor = monitor
        self.baseline = baseline
        self.patience = patience
        self.verbose = verbose
        self.wait = 0
        self.stopped_epoch = 0
        self.restore_best_weights = restore_best_weights
        self.best_weights = None
        mode = _checked_mode(mode, "EarlyStopping mode")
        if mode == "auto":
            mode = "max" if "acc" in monitor else "min"
        self.monitor_op = np.greater if mode == "max" else np.less
        self.min_delta = min_delta if mode == "max" else -min_delta

    def on_train_begin(self, logs=None):
        self.wait = 0
        self.stopped_epoch = 0
        self.best_weights = None
        worst = np.inf if self.monitor_op is np.less else -np.inf
        self.best = worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch, logs=None):
        current = self.get_monitor_value(logs or {})
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights and self.best_weights is not None:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs):
        """The monitored value, or None with a warning where `logs` has none."""
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
                RuntimeWarning,
                stacklevel=2,
            )
        return value


class RemoteMonitor(Callback):
    """Sends the logs of each epoch to a server, with the `requests` package.

    Args:
        root: the server's address.
        path: where on it the events go.
        field: the form field that holds the JSON text; not used with `send_as_json`.
        headers: HTTP headers.
        send_as_json: send the JSON as the body instead of a form.
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        if requests is None:
            raise ImportError("RemoteMonitor requires the `requests` library.")
        send = {"epoch": epoch}
        for k, v in (logs or {}).items():
            send[k] = v.item() if isinstance(v, (np.ndarray, np.generic)) else v
        body = {"json": send} if self.send_as_json else {"data": {self.field: json.dumps(send)}}
        try:
            requests.post(self.root + self.path, headers=self.headers, **body)
        except requests.exceptions.RequestException:
            warnings.warn(f"Warning: could not reach RemoteMonitor root server at {self.root}", stacklevel=2)


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch.

    Args:
        schedule: a function of the epoch, or of the epoch and the present rate, that returns the new rate.
        verbose: 1 prints the rate.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        if not hasattr(self.model.optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        lr = float(K.get_value(self.model.optimizer.lr))
        try:
            lr = self.schedule(epoch, lr)
        except TypeError:  # a schedule of the epoch alone
            lr = self.schedule(epoch)
        if not isinstance(lr, (float, np.float32, np.float64)):
            raise ValueError('The output of the "schedule" function should be float.')
        K.set_value(self.model.optimizer.lr, lr)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: LearningRateScheduler setting learning rate to {lr}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["lr"] = K.get_value(self.model.optimizer.lr)


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a quantity no longer improves.

    Args:
        monitor: the label to judge by.
        factor: what the rate is multiplied by.
        patience: epochs without improvement before that.
        mode: 'min' or 'max'; 'auto' takes 'max' for accuracies.
        min_delta: a smaller change is no improvement.
        cooldown: epochs to wait after the rate was lowered.
        min_lr: the lowest rate.

    Raises:
        ValueError: a factor of 1 or more.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0,
        **kwargs,
    ):
        super().__init__()
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            warnings.warn(
                "`epsilon` argument is deprecated and will be removed, use `min_delta` instead.", stacklevel=2
            )
        self.monitor = monitor
        self.factor = factor
        self.min_lr = min_lr
        self.min_delta = min_delta
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.mode = mode
        self._reset()

    def _reset(self):
        self.mode = _checked_mode(self.mode, "Learning Rate Plateau Reducing mode")
        if self.mode == "min" or (self.mode == "auto" and "acc" not in self.monitor):
            self.monitor_op = lambda a, b: np.less(a, b - self.min_delta)
            self.best = np.inf
        else:
            self.monitor_op = lambda a, b: np.greater(a, b + self.min_delta)
            self.best = -np.inf
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        logs["lr"] = K.get_value(self.model.optimizer.lr)
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Reduce LR on plateau conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
                RuntimeWarning,
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        old_lr = float(K.get_value(self.model.optimizer.lr))
        if old_lr > self.min_lr:
            new_lr = max(old_lr * self.factor, self.min_lr)
            K.set_value(self.model.optimizer.lr, new_lr)
            if self.verbose > 0:
                print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {new_lr}.")
            self.cooldown_counter = self.cooldown
            self.wait = 0

    def in_cooldown(self):
        """Whether the rate was lowered a short while ago."""
        return self.cooldown_counter > 0


class CSVLogger(Callback):
    """Writes the logs of each epoch as a line of a CSV file.

    Args:
        filename: the file.
        separator: what stands between two values.
        append: whether to go on in an existing file.
    """

    def __init__(self, filename, separator=",", append=False):
        self.sep = separator
        self.filename = filename
        self.append = append
        self.writer = None
        self.keys = None
        self.append_header = True
        super().__init__()

    def on_train_begin(self, logs=None):
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as f:
                self.append_header = not f.readline()
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="\n")

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
        if self.model.stop_training:  # an epoch that was broken off may lack some
            logs = {k: logs.get(k, "NA") for k in self.keys}
        if not self.writer:
            self.writer = csv.DictWriter(self.csv_file, fieldnames=["epoch", *self.keys], delimiter=self.sep)
            if self.append_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{k: _cell(logs[k]) for k in self.keys}})
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        self.csv_file.close()
        self.writer = None


def _cell(value):
    """A value as a CSV file holds it; several values in brackets."""
    if isinstance(value, str) or not hasattr(value, "__iter__") or getattr(value, "ndim", 1) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'


class LambdaCallback(Callback):
    """A callback made of functions, each called at the point it is named after.

    Args:
        on_epoch_begin, on_epoch_end: functions of the epoch and the logs.
        on_batch_begin, on_batch_end: functions of the batch and the logs.
        on_train_begin, on_train_end: functions of the logs.
        kwargs: other attributes of the callback.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_batch_begin=None,
        on_batch_end=None,
        on_train_begin=None,
        on_train_end=None,
        **kwargs,
    ):
        super().__init__()
        self.__dict__.update(kwargs)
        self.on_epoch_begin = on_epoch_begin or _nothing
        self.on_epoch_end = on_epoch_end or _nothing
        self.on_batch_begin = on_batch_begin or _nothing
        self.on_batch_end = on_batch_end or _nothing
        self.on_train_begin = on_train_begin or _nothing
        self.on_train_end = on_train_end or _nothing


class TensorBoard(_Watcher):
    """Writes event files for TensorBoard: losses and metrics, the graph, histograms, embeddings.

    Args:
        log_dir: the folder of the files.
        histogram_freq: every how many epochs histograms of weights and outputs are computed on the validation data; 0 never.
        batch_size: samples a step of that.
        write_graph: whether the graph is written.
        write_grads: histograms of the gradients too.
        write_images: weights as images too.
        embeddings_freq: every how many epochs the outputs of embedding layers for `embeddings_data` are saved; 0 never.
        embeddings_layer_names: the layers; None for all Embedding layers.
        embeddings_metadata: a file of labels, or a dict from layer name to file.
        update_freq: 'batch', 'epoch' or a number of samples between two entries.
    """

    def __init__(
        self,
        log_dir="./logs",
        histogram_freq=0,
        batch_size=32,
        write_graph=True,
        write_grads=False,
        write_images=False,
        embeddings_freq=0,
        embeddings_layer_names=None,
        embeddings_metadata=None,
        embeddings_data=None,
        update_freq="epoch",
    ):
        super().__init__()
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq
        self.batch_size = batch_size
        self.merged = None
        self.write_graph = write_graph
        self.write_grads = write_grads
        self.write_images = write_images
        self.embeddings_freq = embeddings_freq
        self.embeddings_layer_names = embeddings_layer_names
        self.embeddings_metadata = embeddings_metadata or {}
        self.embeddings_data = embeddings_data
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.samples_seen = 0
        self.samples_seen_at_last_write = 0

    def set_model(self, model):
        self.model = model
        self.sess = K.get_session()
        self._files = TensorBoardWriter(self)
        self.writer = self._files.writer

    def on_epoch_end(self, epoch, logs=None):
        if not self.validation_data and self.histogram_freq:
            raise ValueError("If printing histograms, validation_data must be provided, and cannot be a generator.")
        if self.embeddings_data is None and self.embeddings_freq:
            raise ValueError("To visualize embeddings, embeddings_data must be provided.")
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._files.write_histograms(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._files.write_embeddings(epoch)
        self._files.write_logs(logs or {}, epoch if self.update_freq == "epoch" else self.samples_seen)

    def on_batch_end(self, batch, logs=None):
        if self.update_freq == "epoch":
            return
        self.samples_seen += logs["size"]
        if self.samples_seen - self.samples_seen_at_last_write >= self.update_freq:
            self._files.write_logs(logs, self.samples_seen)
            self.samples_seen_at_last_write = self.samples_seen

    def on_train_end(self, _):
        self.writer.close()


_WATCHERS = (BaseLogger, ProgbarLogger, TensorBoard)
