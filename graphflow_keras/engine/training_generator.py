"""Training, evaluation and prediction over batches from a generator or Sequence."""

import collections.abc
import contextlib
import itertools
import warnings

import numpy as np

import graphflow as tf
from graphflow_keras import _signatures, dialect
from graphflow_keras.engine._dataset_batches import batches_of, is_dataset
from graphflow_keras.engine.training_arrays import is_due, prepare_callbacks, prepare_watchers, tell_of_training
from graphflow_keras.engine.training_utils import iter_sequence_infinite
from graphflow_keras.utils._progbar import bar
from graphflow_keras.utils.data_utils import GeneratorEnqueuer, OrderedEnqueuer, Sequence
from graphflow_keras.utils.generic_utils import slice_arrays, to_list, unpack_singleton

_TOO_SHORT = (
    "Your dataset ran out of data; interrupting training. Make sure that your dataset can generate at least "
    "`steps_per_epoch * epochs` batches (in this case, %d batches). You may need to use the repeat() function when building "
    "your dataset."
)


def gives_batches(data, **beside):
    """Whether data are a generator, Sequence or dataset of batches, which `fit`, `evaluate` and `predict` take, as tf.keras.

    Args:
        beside: other arguments, which such data leave no room for.

    Raises:
        ValueError: one of them is given.
    """
    if not (isinstance(data, (Sequence, collections.abc.Iterator)) or is_dataset(data)):
        return False
    for name, value in beside.items():
        if value is not None:
            raise ValueError(
                f"`{name}` argument is not supported when using a generator, Sequence or dataset: it gives whole batches, "
                "`(x, y)` or `(x, y, sample_weights)`"
            )
    return True


def _checked_steps(generator, steps, name, use_multiprocessing, workers):
    """The number of steps, for a Sequence its length unless given; None for all that a dataset has."""
    if is_dataset(generator):
        return batches_of(generator).count() if steps is None and dialect.is_tf_keras() else steps
    if isinstance(generator, Sequence):
        return len(generator) if steps is None else steps
    if use_multiprocessing and workers > 1:
        warnings.warn(
            "Using a generator with `use_multiprocessing=True` and multiple workers may duplicate your data. "
            "Please consider using the`keras.utils.Sequence class.",
            stacklevel=4,
        )
    if steps is None:
        raise ValueError(
            f"`{name}=None` is only valid for a generator based on the `keras.utils.Sequence` class. Please specify `{name}` or "
            "use the `keras.utils.Sequence` class."
        )
    return steps


@contextlib.contextmanager
def _batches(generator, workers, max_queue_size, use_multiprocessing, shuffle=False):
    """The items of a generator, or of a Sequence without end, made by workers where there are any; those of a dataset."""
    if is_dataset(generator):
        yield iter(batches_of(generator))
    elif workers > 0:
        if isinstance(generator, Sequence):
            enqueuer = OrderedEnqueuer(generator, use_multiprocessing=use_multiprocessing, shuffle=shuffle)
        else:
            enqueuer = GeneratorEnqueuer(generator, use_multiprocessing=use_multiprocessing)
        enqueuer.start(workers=workers, max_queue_size=max_queue_size)
        try:
            yield enqueuer.get()
        finally:
            enqueuer.stop()
    elif isinstance(generator, Sequence):
        yield iter_sequence_infinite(generator)
    else:
        yield generator


def _split(item):
    """Inputs, targets and weights of an item `(x, y)` or `(x, y, sample_weights)`."""
    if not hasattr(item, "__len__") or len(item) not in (2, 3):
        raise ValueError(
            f"Output of generator should be a tuple `(x, y, sample_weight)` or `(x, y)`. Found: {str(item)[:200]}"
        )
    x, y = item[:2]
    return x, y, item[2] if len(item) == 3 else None


def _size(x):
    """The number of samples of a batch; 1 where tensors give the data."""
    if x is None or len(x) == 0:
        return 1
    if isinstance(x, dict):
        x = next(iter(x.values()))
    elif isinstance(x, list | tuple):
        x = x[0]
    return x.shape[0]


@_signatures.also_takes("validation_freq")
def fit_generator(
    model,
    generator,
    steps_per_epoch=None,
    epochs=1,
    verbose=1,
    callbacks=None,
    validation_data=None,
    validation_steps=None,
    class_weight=None,
    max_queue_size=10,
    workers=1,
    use_multiprocessing=False,
    shuffle=True,
    initial_epoch=0,
    validation_freq=1,
):
    """As `Model.fit_generator`."""
    from_dataset = is_dataset(generator)
    if from_dataset:
        generator = batches_of(generator)
        _build(model, generator)
    from_generator = isinstance(validation_data, Sequence) or hasattr(validation_data, "__next__")
    from_generator = from_generator or is_dataset(validation_data)
    do_validation = from_generator or bool(validation_data)
    model._make_train_function()
    if do_validation:
        model._make_test_function()
    begins_anew = from_dataset and steps_per_epoch is None
    steps_per_epoch = _checked_steps(generator, steps_per_epoch, "steps_per_epoch", use_multiprocessing, workers)
    if from_generator:
        validation_steps = _checked_steps(validation_data, validation_steps or None, "validation_steps", False, 0)
    labels = model.metrics_names
    if verbose and from_dataset and dialect.is_tf_keras():
        tell_of_training(steps_per_epoch, validation_steps, unit="steps")
    callbacks, watched = prepare_callbacks(
        model,
        callbacks,
        verbose,
        "steps",
        epochs=epochs,
        steps=steps_per_epoch,
        do_validation=do_validation,
        metrics=labels + ["val_" + n for n in labels],
    )
    callbacks.on_train_begin()
    watched.stop_training = False
    with contextlib.ExitStack() as stack:
        evaluate = None
        if from_generator:
            validation = validation_data
            if not is_dataset(validation_data):
                validation = stack.enter_context(
                    _batches(validation_data, workers, max_queue_size, use_multiprocessing)
                )
            evaluate = evaluation_of(model, validation, validation_steps)
        elif do_validation:
            evaluate = _evaluation_on_arrays(model, validation_data, callbacks)
        batches = stack.enter_context(_batches(generator, workers, max_queue_size, use_multiprocessing, shuffle))
        epoch_logs = {}
        for epoch in range(initial_epoch, epochs):
            model.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            if begins_anew and epoch > initial_epoch:
                batches = iter(generator)
            i = size = -1
            for i in itertools.count() if steps_per_epoch is None else range(steps_per_epoch):
                item = next(batches, None) if from_dataset else next(batches)
                if item is None:
                    if steps_per_epoch is not None:
                        watched.stop_training = True
                        tf.logging.warning(_TOO_SHORT, steps_per_epoch * epochs)
                    break
                x, y, sample_weight = _split(item)
                size = 1 if from_dataset and not tf.executing_eagerly() else _size(x)
                logs = {"batch": i, "size": size}
                callbacks.on_batch_begin(i, logs)
                outs = model.train_on_batch(
                    x, y, sample_weight=sample_weight, class_weight=class_weight, **_kept_metrics(model)
                )
                logs.update(zip(labels, to_list(outs)))
                callbacks.on_batch_end(i, logs)
                if watched.stop_training:
                    break
            stopped_early = watched.stop_training and (dialect.is_tf_keras() or i + 1 != steps_per_epoch)
            if evaluate and not stopped_early and is_due(validation_freq, epoch):
                epoch_logs.update(("val_" + k, v) for k, v in zip(labels, to_list(evaluate(callbacks, size))))
            callbacks.on_epoch_end(epoch, epoch_logs)
            if watched.stop_training:
                break
    callbacks.on_train_end()
    return model.history


def evaluation_of(model, batches, steps):
    """A function of the callbacks that evaluates on some batches, each time on a dataset's first."""
    source = batches_of(batches) if is_dataset(batches) else batches

    def evaluate(callbacks, _=None):
        return evaluate_generator(model, source, steps, workers=0, callbacks=callbacks)

    return evaluate


def _build(model, batches):
    """Gives a model without inputs those of a dataset's first batch."""
    if not model.built:
        x, y, _ = _split(next(iter(batches)))
        model._standardize_user_data(x, y)


def _evaluation_on_arrays(model, validation_data, callbacks):
    """A function of the batch size that evaluates on `(x, y)` or `(x, y, sample_weights)`."""
    if len(validation_data) not in (2, 3):
        raise ValueError(
            "`validation_data` should be a tuple `(val_x, val_y, val_sample_weight)` or `(val_x, val_y)`. "
            f"Found: {validation_data}"
        )
    x, y, weights = model._standardize_user_data(*validation_data)
    for callback in callbacks:
        callback.validation_data = x + y + weights + model._phase(0.0)

    def evaluate(_, batch_size):
        if dialect.is_tf_keras():  # has batches of arrays here, whose means it averages
            starts = range(0, len(x[0]), batch_size)
            parts = ([slice_arrays(group, i, i + batch_size) for group in (x, y, weights)] for i in starts)
            return evaluate_generator(model, parts, len(starts), workers=0, callbacks=callbacks)
        return model.evaluate(
            x, y, batch_size=batch_size, sample_weight=weights, verbose=0, callbacks=callbacks.watching("test")
        )

    return evaluate


def _kept_metrics(model):
    """For single batches that belong to one epoch or evaluation: their metrics add up."""
    return {"reset_metrics": False} if model.stateful_metric_functions else {}


@_signatures.also_takes("callbacks")
def evaluate_generator(
    model, generator, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0, callbacks=None
):
    """As `Model.evaluate_generator`."""
    if is_dataset(generator):
        generator = batches_of(generator)
        _build(model, generator)
    model._make_test_function()
    model.reset_metrics()
    steps = _checked_steps(generator, steps, "steps", use_multiprocessing, workers)
    progbar = bar(steps, verbose)
    watching = prepare_watchers(model, callbacks, "test", steps=steps, verbose=verbose)
    watching.on_mode("test", "begin")
    totals, seen = {}, 0
    with _batches(generator, workers, max_queue_size, use_multiprocessing) as batches:
        for step, item in zip(itertools.count() if steps is None else range(steps), batches):
            x, y, sample_weight = _split(item)
            if _size(x) == 0:
                raise ValueError("Received an empty batch. Batches should contain at least one item.")
            logs = {"batch": step, "size": _size(x)}
            watching.on_mode("test", "batch_begin", step, logs)
            results = to_list(model.test_on_batch(x, y, sample_weight=sample_weight, **_kept_metrics(model)))
            size = 1 if dialect.is_tf_keras() else _size(x)  # tf.keras takes all batches for as large
            seen += size
            for name, value in zip(model.metrics_names, results):
                stateful = name in model.stateful_metric_names
                totals[name] = value if stateful else totals.get(name, 0.0) + np.asarray(value, dtype="float64") * size
            watching.on_mode("test", "batch_end", step, {**logs, **dict(zip(model.metrics_names, results))})
            if progbar:
                progbar.show(step + 1, _means(model, totals, seen))
    watching.on_mode("test", "end")
    return unpack_singleton(list(_means(model, totals, seen).values()))


def _means(model, totals, seen):
    """The means of summed values, by name; a stateful metric is one already."""
    return {name: t if name in model.stateful_metric_names else t / seen for name, t in totals.items()}


@_signatures.also_takes("callbacks")
def predict_generator(
    model, generator, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0, callbacks=None
):
    """As `Model.predict_generator`."""
    model._make_predict_function()
    steps = _checked_steps(generator, steps, "steps", use_multiprocessing, workers)
    progbar = bar(steps, verbose)
    watching = prepare_watchers(model, callbacks, "predict", steps=steps, verbose=verbose)
    watching.on_mode("predict", "begin")
    results = []
    with _batches(generator, workers, max_queue_size, use_multiprocessing) as batches:
        for step, item in zip(itertools.count() if steps is None else range(steps), batches):
            x = _split(item)[0] if isinstance(item, tuple) else item
            logs = {"batch": step, "size": _size(x)}
            watching.on_mode("predict", "batch_begin", step, logs)
            results.append(to_list(model.predict_on_batch(x)))
            watching.on_mode("predict", "batch_end", step, {**logs, "outputs": results[-1]})
            if progbar:
                progbar.update(step + 1)
    watching.on_mode("predict", "end")
    return unpack_singleton([np.concatenate(column) for column in zip(*results)])
