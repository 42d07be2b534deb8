"""Training, evaluation and prediction over arrays."""

import collections.abc

import numpy as np

from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras import callbacks as cbks
from graphflow_keras.engine import _dispatch
from graphflow_keras.engine.training_utils import batch_shuffle, check_num_samples, make_batches
from graphflow_keras.utils._progbar import bar
from graphflow_keras.utils.generic_utils import Progbar as Progbar
from graphflow_keras.utils.generic_utils import slice_arrays, to_list, unpack_singleton

_UNWATCHED = 0.5  # seconds of a dispatch when nothing is to be shown meanwhile


@_signatures.also_takes("validation_freq", "evaluate")
def fit_loop(
    model,
    f,
    ins,
    out_labels=None,
    batch_size=None,
    epochs=100,
    verbose=1,
    callbacks=None,
    val_f=None,
    val_ins=None,
    shuffle=True,
    callback_metrics=None,
    initial_epoch=0,
    steps_per_epoch=None,
    validation_steps=None,
    validation_freq=1,
    evaluate=None,
):
    """Trains for some epochs with `f(ins)`.

    Args:
        f: the function of one step; it returns the values that `out_labels` names.
        ins: its inputs: arrays of all samples, and at the end the learning phase where there is one.
        val_f, val_ins: the same for validation.
        callback_metrics: the labels that callbacks are told of.
        steps_per_epoch, validation_steps: numbers of steps where tensors give the data.
        validation_freq: int or list, see `is_due`.
        evaluate: a function of the callbacks that returns the values of a validation, in place of `val_f`.

    Returns:
        the model's History.
    """
    do_validation = bool(evaluate or val_f and val_ins)
    if not dialect.is_tf_keras():
        if val_ins and verbose and ins and hasattr(ins[0], "shape") and hasattr(val_ins[0], "shape"):
            print(f"Train on {ins[0].shape[0]} samples, validate on {val_ins[0].shape[0]} samples")
    if evaluate:
        validation_steps = None
    elif validation_steps:
        do_validation = True
        if steps_per_epoch is None:
            raise ValueError(
                "Can only use `validation_steps` when doing step-wise training, i.e. `steps_per_epoch` must be set."
            )
    elif do_validation and steps_per_epoch:
        raise ValueError("Must specify `validation_steps` to perform validation when doing step-wise training.")
    samples = check_num_samples(ins, batch_size=batch_size, steps=steps_per_epoch, steps_name="steps_per_epoch")
    if verbose and dialect.is_tf_keras():
        validated = validation_steps or (len(val_ins[0]) if val_ins and hasattr(val_ins[0], "__len__") else None)
        tell_of_training(steps_per_epoch if samples is None else samples, validated)

    callbacks, watched = prepare_callbacks(
        model,
        callbacks,
        verbose,
        "samples" if steps_per_epoch is None else "steps",
        batch_size=batch_size,
        epochs=epochs,
        steps=steps_per_epoch,
        samples=samples,
        do_validation=do_validation,
        metrics=callback_metrics or [],
    )
    callbacks.on_train_begin()
    watched.stop_training = False
    for callback in callbacks:
        callback.validation_data = val_ins

    train = _Training(model, f, ins, out_labels or [], callbacks, watched, batch_size, steps_per_epoch, verbose)
    validate = None
    if do_validation and not evaluate:
        validate = _Evaluation(model, val_f, val_ins, batch_size, validation_steps, resident=True)

        def evaluate(callbacks):
            return validate.run(watching=callbacks.watching("test"), shuffled=dialect.is_tf_keras())

    index_array = None if samples is None else np.arange(samples)
    for epoch in range(initial_epoch, epochs):
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        epoch_logs = {}
        if dialect.is_tf_keras() and samples is not None:
            index_array = np.arange(samples)  # Keras shuffles what the epoch before left
        if steps_per_epoch is None and shuffle == "batch":
            index_array = batch_shuffle(index_array, batch_size)
        elif steps_per_epoch is None and shuffle:
            np.random.shuffle(index_array)
        whole = train.epoch(index_array)
        if evaluate and (whole or steps_per_epoch is not None) and is_due(validation_freq, epoch):
            values = to_list(evaluate(callbacks))
            epoch_logs.update(("val_" + label, value) for label, value in zip(out_labels or [], values))
        callbacks.on_epoch_end(epoch, epoch_logs)
        if watched.stop_training:
            break
    train.release()
    if validate:
        validate.release()
    callbacks.on_train_end()
    return model.history


def tell_of_training(amount, validated=None, unit="samples"):
    """The line with which tf.keras begins a training: how many samples or steps an epoch has, and its validation."""
    print(f"Train on {amount} {unit}" + (f", validate on {validated} {unit}" if validated else ""))


def is_due(validation_freq, epoch):
    """Whether an epoch, counted from 0, ends with a validation.

    Args:
        validation_freq: after how many epochs each, or a container of the epochs, counted from 1, that do.

    Raises:
        ValueError: a number below 1, or neither a number nor a container.
    """
    if isinstance(validation_freq, int):
        if validation_freq < 1:
            raise ValueError(f"`validation_freq` can not be less than 1; got {validation_freq}")
        return (epoch + 1) % validation_freq == 0
    if not isinstance(validation_freq, collections.abc.Container):
        raise ValueError(f"`validation_freq` must be an int or a list of epochs; got {validation_freq!r}")
    return epoch + 1 in validation_freq


def prepare_watchers(model, callbacks, mode, **params):
    """Those callbacks of an evaluation (`test`) or prediction (`predict`) that watch it, told of model and parameters."""
    watching = cbks.CallbackList(callbacks).watching(mode)
    watching.set_model(getattr(model, "callback_model", None) or model)
    metrics = list(getattr(model, "metrics_names", ())) if mode == "test" else []
    watching.set_params({"epochs": 1, "do_validation": False, "metrics": metrics, **params})
    return watching


def prepare_callbacks(model, callbacks, verbose, count_mode, **params):
    """The user's callbacks between those that every training has, told of the model and the parameters.

    Returns:
        (a CallbackList, the model that callbacks see).
    """
    model.history = cbks.History()
    stateful = model.stateful_metric_names
    bars = [cbks.ProgbarLogger(count_mode, stateful_metrics=stateful)] if verbose else []
    listed = [*bars, *(callbacks or []), model.history]
    if dialect.is_tf_keras():  # says what it has to say last
        listed = [*(callbacks or []), model.history, *bars]
    listed = cbks.CallbackList([cbks.BaseLogger(stateful_metrics=stateful), *listed])
    watched = getattr(model, "callback_model", None) or model
    listed.set_model(watched)
    listed.set_params({"verbose": verbose, **params})
    return listed, watched


class _Training:
    """Runs the batches of an epoch, and calls the callbacks for each."""

    def __init__(self, model, f, ins, labels, callbacks, watched, batch_size, steps, verbose):
        self._f, self._ins, self._labels = f, ins, labels
        self._callbacks, self._watched = callbacks, watched
        self._batch_size, self._steps = batch_size, steps
        self._feed = model._feed_inputs + model._feed_targets + model._feed_sample_weights
        self._batched = None
        fed_whole = steps is not None and _dispatch.without_phase(ins)
        if not fed_whole and not callbacks.act_between_batches() and _dispatch.can_loop(f, ins):
            options = {} if verbose else {"seconds": _UNWATCHED}
            self._batched = _dispatch.Batched(f, ins, resident=True, **options)

    def epoch(self, order):
        """Runs an epoch; returns whether it went to its end."""
        if self._batched is None:
            return self._one_by_one(order)
        if self._steps is not None:
            chunks = self._batched.steps(self._steps)
        else:
            chunks = self._batched.chunks(order, self._batch_size)
        for first, sizes, outputs in chunks:
            self._callbacks.after_batches(cbks.Batches(first, sizes, dict(zip(self._labels, outputs))))
            if self._watched.stop_training:
                return False
        return True

    def release(self):
        """Lets the device forget the data."""
        if self._batched:
            self._batched.release()

    def _one_by_one(self, order):
        if self._steps is not None:
            batches = ((1, lambda: self._ins) for _ in range(self._steps))
        else:
            batches = (
                (end - start, lambda ids=order[start:end]: batch_of(self._ins, ids, self._feed))
                for start, end in make_batches(len(order), self._batch_size)
            )
        for i, (size, ins) in enumerate(batches):
            ins = ins()
            logs = {"batch": i, "size": size}
            self._callbacks.on_batch_begin(i, logs)
            logs.update(zip(self._labels, to_list(self._f(ins))))
            self._callbacks.on_batch_end(i, logs)
            if self._watched.stop_training:
                return False
        return True


def batch_of(ins, ids, feed):
    """The rows `ids` of all inputs but the learning phase; sparse matrices as arrays where a dense tensor is fed."""
    arrays = _dispatch.without_phase(ins)
    try:
        rows = slice_arrays(arrays, ids)
    except TypeError:
        raise TypeError('TypeError while preparing batch. If using HDF5 input data, pass shuffle="batch".') from None
    rows = [row.toarray() if hasattr(row, "toarray") and not K.is_sparse(t) else row for row, t in zip(rows, feed)]
    return rows + ins[len(arrays) :]


@_signatures.also_takes("callbacks")
def predict_loop(model, f, ins, batch_size=32, verbose=0, steps=None, callbacks=None):
    """The outputs of `f(ins)` for all samples, a batch at a time.

    Returns:
        an array, or a list of arrays where there are several outputs.
    """
    samples = check_num_samples(ins, batch_size=batch_size, steps=steps, steps_name="steps")
    progbar = bar(samples, verbose, "sample") if steps is None else bar(steps, verbose)
    watching = prepare_watchers(
        model, callbacks, "predict", batch_size=batch_size, steps=steps, samples=samples, verbose=verbose
    )
    watching.on_mode("predict", "begin")
    if steps is not None:
        outs = []
        for step in range(steps):
            watching.on_mode("predict", "batch_begin", step, {"batch": step, "size": 1})
            outs.append(to_list(f(ins)))
            watching.on_mode("predict", "batch_end", step, {"batch": step, "size": 1, "outputs": outs[-1]})
            if progbar:
                progbar.update(step + 1)
        watching.on_mode("predict", "end")
        return unpack_singleton([np.concatenate(column, axis=0) for column in zip(*outs)])
    results, start = [], 0
    chunks = _chunks(model._feed_inputs, f, ins, np.arange(samples), batch_size, False, watching, "predict")
    for first, sizes, outputs in chunks:
        if watching:
            logs = {"batch": first, "size": sizes[0], "outputs": [out[0] for out in outputs]}
            watching.on_mode("predict", "batch_end", first, logs)
        if not results:
            results = [np.zeros((samples, *out.shape[2:]), dtype=out.dtype) for out in outputs]
        for result, out in zip(results, outputs):
            for i, size in enumerate(sizes) if out.shape[1] != sizes[0] else ():
                result[start + i * size : start + (i + 1) * size] = out[i]
            if out.shape[1] == sizes[0]:
                result[start : start + sum(sizes)] = out.reshape((-1, *out.shape[2:]))
        start += sum(sizes)
        if progbar:
            progbar.update(start)
    watching.on_mode("predict", "end")
    return unpack_singleton(results)


@_signatures.also_takes("callbacks")
def test_loop(model, f, ins, batch_size=None, verbose=0, steps=None, callbacks=None):
    """The means of what `f(ins)` returns over all samples, or over `steps` steps where tensors give the data.

    Returns:
        a number, or a list of numbers where the function returns several; the last value of a stateful metric.
    """
    evaluation = _Evaluation(model, f, ins, batch_size, steps, resident=False)
    params = {"batch_size": batch_size, "steps": steps, "samples": evaluation.samples, "verbose": verbose}
    return evaluation.run(verbose, prepare_watchers(model, callbacks, "test", **params))


def _chunks(feed, f, ins, order, batch_size, resident, watching, mode):
    """The outputs for all samples in an order, as `Batched.chunks` yields them; one batch each where callbacks watch."""
    if not watching and _dispatch.can_loop(f, ins):
        batched = _dispatch.Batched(f, ins, resident)
        yield from batched.chunks(order, batch_size)
        batched.release()
        return
    for i, (start, end) in enumerate(make_batches(len(order), batch_size)):
        watching.on_mode(mode, "batch_begin", i, {"batch": i, "size": end - start})
        outputs = to_list(f(batch_of(ins, order[start:end], feed)))
        yield i, [end - start], [np.asarray(out)[None] for out in outputs]


class _Evaluation:
    """Evaluates a model on the same data, once or after each epoch."""

    def __init__(self, model, f, ins, batch_size, steps, resident):
        self._model, self._f, self._ins = model, f, ins
        self._batch_size, self._steps = batch_size, steps
        self.samples = check_num_samples(ins, batch_size=batch_size, steps=steps, steps_name="steps")
        self._batched = None
        if resident and steps is None and _dispatch.can_loop(f, ins):
            self._batched = _dispatch.Batched(f, ins, resident=True)

    def run(self, verbose=0, watching=None, shuffled=False):
        """The means, as `test_loop` returns them; `watching` is a CallbackList."""
        model, watching = self._model, cbks.CallbackList() if watching is None else watching
        watching.on_mode("test", "begin")
        model.reset_metrics()
        stateful = [name in getattr(model, "stateful_metric_names", ()) for name in getattr(model, "metrics_names", ())]
        progbar = bar(self.samples, verbose, "sample") if self._steps is None else bar(self._steps, verbose)
        totals, seen = [], 0
        for first, sizes, outputs in self._outputs(watching, shuffled):
            if watching:
                logs = {"batch": first, "size": sizes[0]}
                logs.update(zip(model.metrics_names, [out[0] for out in outputs]))
                watching.on_mode("test", "batch_end", first, logs)
            values = [np.asarray(out, dtype="float64") for out in outputs]
            totals = totals or [0.0] * len(values)
            for i, value in enumerate(values):
                if i < len(stateful) and stateful[i]:
                    totals[i] = value[-1]
                else:
                    totals[i] = totals[i] + np.dot(value.T, sizes)
            seen += sum(sizes)
            means = [t if i < len(stateful) and stateful[i] else t / seen for i, t in enumerate(totals)]
            if progbar:
                progbar.show(seen, dict(zip(getattr(model, "metrics_names", ()), means)))
        watching.on_mode("test", "end")
        return unpack_singleton(means)

    def release(self):
        """Lets the device forget the data."""
        if self._batched:
            self._batched.release()

    def _outputs(self, watching, shuffled):
        if self._steps is not None:
            for i in range(self._steps):
                watching.on_mode("test", "batch_begin", i, {"batch": i, "size": 1})
                yield i, [1], [np.asarray(out)[None] for out in to_list(self._f(self._ins))]
            return
        order = np.arange(self.samples)
        if shuffled:
            np.random.shuffle(order)
        if self._batched and not watching:
            yield from self._batched.chunks(order, self._batch_size)
        else:
            feed = self._model._feed_inputs + self._model._feed_targets + self._model._feed_sample_weights
            yield from _chunks(feed, self._f, self._ins, order, self._batch_size, False, watching, "test")
