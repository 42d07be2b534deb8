"""Training, evaluation and prediction over batches from a generator or Sequence."""

import collections.abc
import contextlib
import warnings

import numpy as np

from graphflow_keras.engine.training_arrays import prepare_callbacks
from graphflow_keras.engine.training_utils import iter_sequence_infinite
from graphflow_keras.utils.data_utils import GeneratorEnqueuer, OrderedEnqueuer, Sequence
from graphflow_keras.utils.generic_utils import Progbar, to_list, unpack_singleton


def gives_batches(data, **beside):
    """Whether data are a generator or Sequence of batches, which `fit`, `evaluate` and `predict` take too, as tf.keras has it.

    Args:
        beside: other arguments, which such data leave no room for.

    Raises:
        ValueError: one of them is given.
    """
    if not isinstance(data, (Sequence, collections.abc.Iterator)):
        return False
    for name, value in beside.items():
        if value is not None:
            raise ValueError(
                f"`{name}` argument is not supported when using a generator or Sequence: it gives whole batches, "
                "`(x, y)` or `(x, y, sample_weights)`"
            )
    return True


def _checked_steps(generator, steps, name, use_multiprocessing, workers):
    """The number of steps, for a Sequence its length unless given."""
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
    """The items of a generator or Sequence without end, made by workers where there are any."""
    if workers > 0:
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
):
    """As `Model.fit_generator`."""
    do_validation = bool(validation_data) or isinstance(validation_data, Sequence)
    model._make_train_function()
    if do_validation:
        model._make_test_function()
    steps_per_epoch = _checked_steps(generator, steps_per_epoch, "steps_per_epoch", use_multiprocessing, workers)
    from_generator = isinstance(validation_data, Sequence) or hasattr(validation_data, "__next__")
    if from_generator:
        validation_steps = _checked_steps(validation_data, validation_steps or None, "validation_steps", False, 0)
    labels = model.metrics_names
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
            queued = stack.enter_context(_batches(validation_data, workers, max_queue_size, use_multiprocessing))

            def evaluate(_):
                return model.evaluate_generator(queued, validation_steps, workers=0)

        elif do_validation:
            evaluate = _evaluation_on_arrays(model, validation_data, callbacks)
        batches = stack.enter_context(_batches(generator, workers, max_queue_size, use_multiprocessing, shuffle))
        epoch_logs = {}
        for epoch in range(initial_epoch, epochs):
            for m in model.stateful_metric_functions:
                m.reset_states()
            callbacks.on_epoch_begin(epoch)
            for i in range(steps_per_epoch):
                x, y, sample_weight = _split(next(batches))
                size = _size(x)
                logs = {"batch": i, "size": size}
                callbacks.on_batch_begin(i, logs)
                outs = model.train_on_batch(x, y, sample_weight=sample_weight, class_weight=class_weight)
                logs.update(zip(labels, to_list(outs)))
                callbacks.on_batch_end(i, logs)
                if evaluate and i == steps_per_epoch - 1:
                    epoch_logs.update(("val_" + k, v) for k, v in zip(labels, to_list(evaluate(size))))
                if watched.stop_training:
                    break
            callbacks.on_epoch_end(epoch, epoch_logs)
            if watched.stop_training:
                break
    callbacks.on_train_end()
    return model.history


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

    def evaluate(batch_size):
        return model.evaluate(x, y, batch_size=batch_size, sample_weight=weights, verbose=0)

    return evaluate


def evaluate_generator(
    model, generator, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0
):
    """As `Model.evaluate_generator`."""
    model._make_test_function()
    for m in model.stateful_metric_functions:
        m.reset_states()
    steps = _checked_steps(generator, steps, "steps", use_multiprocessing, workers)
    progbar = Progbar(target=steps) if verbose == 1 else None
    results, sizes = [], []
    with _batches(generator, workers, max_queue_size, use_multiprocessing) as batches:
        for step in range(steps):
            x, y, sample_weight = _split(next(batches))
            if _size(x) == 0:
                raise ValueError("Received an empty batch. Batches should contain at least one item.")
            results.append(to_list(model.test_on_batch(x, y, sample_weight=sample_weight)))
            sizes.append(_size(x))
            if progbar:
                progbar.update(step + 1)
    means = []
    for name, values in zip(model.metrics_names, zip(*results)):
        stateful = name in model.stateful_metric_names
        values = np.asarray(values, dtype="float64")
        means.append(values[-1] if stateful else np.average(values, weights=sizes, axis=0))
    return unpack_singleton(means)


def predict_generator(model, generator, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0):
    """As `Model.predict_generator`."""
    model._make_predict_function()
    steps = _checked_steps(generator, steps, "steps", use_multiprocessing, workers)
    progbar = Progbar(target=steps) if verbose == 1 else None
    results = []
    with _batches(generator, workers, max_queue_size, use_multiprocessing) as batches:
        for step in range(steps):
            item = next(batches)
            x = _split(item)[0] if isinstance(item, tuple) else item
            results.append(to_list(model.predict_on_batch(x)))
            if progbar:
                progbar.update(step + 1)
    return unpack_singleton([np.concatenate(column) for column in zip(*results)])
