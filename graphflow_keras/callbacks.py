"""Callbacks: what happens at certain points of training."""

import csv
import glob
import json
import os
import re
import warnings

import numpy as np

from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras._callback_base import BaseLogger as BaseLogger
from graphflow_keras._callback_base import Batches as Batches
from graphflow_keras._callback_base import Callback as Callback
from graphflow_keras._callback_base import CallbackList as CallbackList
from graphflow_keras._callback_base import ProgbarLogger as ProgbarLogger
from graphflow_keras._callback_base import nothing
from graphflow_keras._tensorboard import TensorBoard as TensorBoard
from graphflow_keras.engine.training_utils import standardize_input_data as standardize_input_data
from graphflow_keras.utils.generic_utils import Progbar as Progbar

try:
    import requests
except ImportError:
    requests = None


class TerminateOnNaN(Callback):
    """Stops training when the loss is not finite."""

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


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
        save_freq: 'epoch', or after how many samples a file is written.
        load_weights_on_restart: whether training starts with the weights of the newest file there is.

    Raises:
        ValueError: another `save_freq`.
    """

    @_signatures.also_takes("save_freq", "load_weights_on_restart")
    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        period=1,
        save_freq="epoch",
        load_weights_on_restart=False,
    ):
        super().__init__()
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq!r}; it is 'epoch' or a number of samples")
        if save_freq != "epoch":
            self.on_batch_end = self._count_samples  # without it training need not stop after each batch
        self._samples = 0
        self.save_freq = save_freq
        self.load_weights_on_restart = load_weights_on_restart
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

    def on_train_begin(self, logs=None):
        newest = _newest_file(self.filepath) if self.load_weights_on_restart else None
        if newest is not None:
            self.model.load_weights(newest)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def _count_samples(self, batch, logs=None):
        self._samples += (logs or {}).get("size", 1)
        if self._samples >= self.save_freq:
            self._samples = 0
            self._save_if_better(self._epoch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch" and self.epochs_since_last_save >= self.period:
            self.epochs_since_last_save = 0
            self._save_if_better(epoch, logs or {})

    def _save_if_better(self, epoch, logs):
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


def _newest_file(pattern):
    """The newest of the files that a path with fields such as `{epoch:02d}` stands for; None where there is none."""
    files = glob.glob(re.sub(r"{[^}]*}", "*", glob.escape(pattern)))
    return max(files, key=lambda file: (os.path.getmtime(file), file), default=None)


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
                    print("Restoring model weights from the end of the best epoch" + "." * dialect.is_tf_keras())
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
            does = "reducing" if dialect.is_tf_keras() else "setting"
            print(f"\nEpoch {epoch + 1:05d}: LearningRateScheduler {does} learning rate to {lr}.")

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
        self.on_epoch_begin = on_epoch_begin or nothing
        self.on_epoch_end = on_epoch_end or nothing
        self.on_batch_begin = on_batch_begin or nothing
        self.on_batch_end = on_batch_end or nothing
        self.on_train_begin = on_train_begin or nothing
        self.on_train_end = on_train_end or nothing
