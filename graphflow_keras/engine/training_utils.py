"""What `fit`, `evaluate` and `predict` check about the data, and how they weight and cut it."""

import warnings

import numpy as np

import graphflow as tf
from graphflow_keras import _weighting, dialect, losses
from graphflow_keras import backend as K
from graphflow_keras._loss_classes import reduced
from graphflow_keras._metric_base import Metric
from graphflow_keras.utils.generic_utils import to_list

# -- data -------------------------------------------------------------------------------------------------------------


def standardize_single_array(x):
    """An array with at least two axes; a tensor, for Keras with a static batch size; None.

    Raises:
        ValueError: a tensor whose batch size is not static.
    """
    if x is None:
        return None
    if K.is_tensor(x) and dialect.is_tf_keras():
        return tf.expand_dims(x, 1) if K.ndim(x) == 1 else x
    if K.is_tensor(x):
        shape = K.int_shape(x)
        if shape is None or shape[0] is None:
            raise ValueError(
                "When feeding symbolic tensors to a model, we expect thetensors to have a static batch size. "
                f"Got tensor with shape: {shape}"
            )
        return x
    return np.expand_dims(x, 1) if x.ndim == 1 else x


def _values(x):
    """The array of a pandas DataFrame; anything else as it is."""
    return x.values if x.__class__.__name__ == "DataFrame" else x


def listed(data, names):
    """The user's arrays in the order of `names`, whatever holds them.

    Raises:
        ValueError: a dict without one of the names.
    """
    if isinstance(data, dict):
        for name in names:
            if name not in data:
                raise ValueError(f'No data provided for "{name}". Need data for each key in: {names}')
        return [_values(data[name]) for name in names]
    if isinstance(data, tuple):
        data = list(data)
    if not isinstance(data, list):
        return [_values(data)]
    if data and isinstance(data[0], list):
        return [np.asarray(d) for d in data]
    if data and len(names) == 1 and isinstance(data[0], (float, int)):
        return [np.asarray(data)]
    return [_values(d) for d in data]


def _with_array_interface(data, where):
    """Refuses what has no array in it, before somebody asks it for its rank."""
    for d in data:
        if d is not None and not K.is_tensor(d) and not hasattr(d, "ndim") and not hasattr(d, "shape"):
            raise ValueError(
                f"Error when checking model {where}: data should be a Numpy array, or list/dict of Numpy arrays. "
                f"Found a {type(d).__name__}: {str(data)[:200]}..."
            )


def standardize_input_data(data, names, shapes=None, check_batch_axis=True, exception_prefix=""):
    """The user's arrays as a list in the order of `names`, their shapes checked.

    Args:
        data: an array, a list of arrays, or a dict from name to array (DataFrames count as arrays).
        names: the names of the model's inputs or targets.
        shapes: for each name its expected shape, or None for any.
        check_batch_axis: whether the first axis is checked too.
        exception_prefix: 'input' or 'target', for messages.

    Raises:
        ValueError: too many or too few arrays, or a shape that does not fit.
    """
    if not names:
        if data is not None and hasattr(data, "__len__") and len(data):
            raise ValueError(f"Error when checking model {exception_prefix}: expected no data, but got:", data)
        return []
    if data is None:
        return [None] * len(names)
    data = listed(data, names)
    if len(data) == len(names):
        _with_array_interface(data, exception_prefix)
    elif any(not hasattr(d, "shape") for d in data):
        data = [d if hasattr(d, "shape") else np.asarray(d) for d in data]
    data = [standardize_single_array(x) for x in data]
    if len(data) != len(names):
        raise ValueError(
            f"Error when checking model {exception_prefix}: the list of Numpy arrays that you are passing to your model is "
            f"not the size the model expected. Expected to see {len(names)} array(s), but instead got the following list of "
            f"{len(data)} arrays: {str(data)[:200]}..."
        )
    for array, name, shape in zip(data, names, shapes or [None] * len(names)):
        if shape is not None and not K.is_tensor(array):
            _check_shape(array.shape, name, tuple(shape), check_batch_axis, exception_prefix)
    return data


def _check_shape(got, name, expected, check_batch_axis, where):
    got = tuple(got)
    if len(got) != len(expected):
        raise ValueError(
            f"Error when checking {where}: expected {name} to have {len(expected)} dimensions, but got array with shape {got}"
        )
    if not check_batch_axis:
        got, expected = got[1:], expected[1:]
    if any(wanted and wanted != size for size, wanted in zip(got, expected)):
        raise ValueError(
            f"Error when checking {where}: expected {name} to have shape {expected} but got array with shape {got}"
        )


def _lengths(arrays):
    if arrays is None:
        return {0}
    known = [a for a in arrays if not K.is_tensor(a) or K.int_shape(a)[0] is not None]
    return {0 if a is None else int(a.shape[0]) for a in known}


def check_array_length_consistency(inputs, targets, weights=None):
    """Checks that all arrays have as many samples.

    Raises:
        ValueError: two lengths differ.
    """
    groups = [
        ("input arrays (x)", inputs, _lengths(inputs)),
        ("target arrays (y)", targets, _lengths(targets)),
        ("sample_weight arrays", weights, _lengths(weights)),
    ]
    for what, arrays, lengths in groups:
        if len(lengths) > 1:
            shapes = [a.shape for a in arrays if a is not None]
            raise ValueError(f"All {what} should have the same number of samples. Got array shapes: {shapes}")
    x, y, w = (next(iter(lengths), None) for _, _, lengths in groups)
    if x is not None and y is not None and x != y:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. "
            f"Found {x} input samples and {y} target samples."
        )
    if y is not None and w is not None and y != w:
        raise ValueError(
            "Sample_weight arrays should have the same number of samples as target arrays. "
            f"Got {y} input samples and {w} target samples."
        )


_ONE_HOT_NEEDED = """You are passing a target array of shape {shape} while using as loss `categorical_crossentropy`. \
`categorical_crossentropy` expects targets to be binary matrices (1s and 0s) of shape (samples, classes). \
If your targets are integer classes, you can convert them to the expected format via:
```
from keras.utils import to_categorical
y_binary = to_categorical(y_int)
```

Alternatively, you can use the loss function `sparse_categorical_crossentropy` instead, which does expect integer targets."""


def check_loss_and_target_compatibility(targets, loss_fns, output_shapes):
    """Checks targets against what the losses expect, so that nothing is broadcast by accident.

    Raises:
        ValueError: a target that does not suit its loss.
    """
    for y, loss, shape in zip(targets, loss_fns, output_shapes):
        if y is None or loss is None or K.is_tensor(y):
            continue
        if loss is losses.categorical_crossentropy and y.shape[-1] == 1:
            raise ValueError(_ONE_HOT_NEEDED.format(shape=y.shape))
        if loss in (losses.mean_squared_error, losses.binary_crossentropy, losses.categorical_crossentropy):
            if any(size is not None and size != got for got, size in zip(y.shape[1:], shape[1:])):
                raise ValueError(
                    f"A target array with shape {y.shape} was passed for an output of shape {shape} while using as loss "
                    f"`{loss.__name__}`. This loss expects targets to have the same shape as the output."
                )


# -- weights ----------------------------------------------------------------------------------------------------------


def standardize_sample_or_class_weights(x_weight, output_names, weight_type):
    """One entry of `x_weight` for each output, whatever holds them.

    Args:
        weight_type: 'sample_weight' or 'class_weight', for messages.

    Raises:
        ValueError: a list of another length. TypeError: neither list nor dict although there are several outputs.
    """
    if x_weight is None or len(x_weight) == 0:
        return [None] * len(output_names)
    if len(output_names) == 1:
        if isinstance(x_weight, list) and len(x_weight) == 1:
            return x_weight
        if isinstance(x_weight, dict) and output_names[0] in x_weight:
            return [x_weight[output_names[0]]]
        return [x_weight]
    if isinstance(x_weight, list):
        if len(x_weight) != len(output_names):
            raise ValueError(
                f"Provided `{weight_type}` was a list of {len(x_weight)} elements, but the model has {len(output_names)} "
                f"outputs. You should provide one `{weight_type}`array per model output."
            )
        return x_weight
    if isinstance(x_weight, dict):
        return [x_weight.get(name) for name in output_names]
    raise TypeError(
        f"The model has multiple outputs, so `{weight_type}` should be either a list or a dict. "
        f"Provided `{weight_type}` type not understood: {x_weight}"
    )


def standardize_class_weights(class_weight, output_names):
    """One dict of class weights, or None, for each output."""
    return standardize_sample_or_class_weights(class_weight, output_names, "class_weight")


def standardize_sample_weights(sample_weight, output_names):
    """One array of sample weights, or None, for each output."""
    return standardize_sample_or_class_weights(sample_weight, output_names, "sample_weight")


def _check_sample_weight(y, sample_weight, mode):
    if mode is not None:
        if mode != "temporal":
            raise ValueError(f'"sample_weight_mode should be None or "temporal". Found: {mode}')
        if len(y.shape) < 3:
            raise ValueError(
                f"Found a sample_weight array for an input with shape {y.shape}. Timestep-wise sample weighting (use of "
                'sample_weight_mode="temporal") is restricted to outputs that are at least 3D, i.e. that have a time '
                "dimension."
            )
        if sample_weight is not None and len(sample_weight.shape) != 2:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape}. In order to use timestep-wise sample "
                "weighting, you should pass a 2D sample_weight array."
            )
    elif sample_weight is not None and len(sample_weight.shape) != 1:
        raise ValueError(
            f"Found a sample_weight array with shape {sample_weight.shape}. In order to use timestep-wise sample weights, "
            'you should specify sample_weight_mode="temporal" in compile(). If you just mean to use sample-wise weights, '
            "make sure your sample_weight array is 1D."
        )


def _class_weights(y, class_weight):
    """The weight of each sample's class."""
    if len(y.shape) > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    classes = np.argmax(y, axis=1) if y.shape[1] > 1 else np.reshape(y, y.shape[0])
    present, inverse = np.unique(classes, return_inverse=True)
    missing = {c for c in present.tolist() if c not in class_weight}
    if missing:
        raise ValueError(
            "`class_weight` must contain all classes in the data. "
            f"The classes {missing} exist in the data but not in `class_weight`."
        )
    return np.asarray([class_weight[c] for c in present.tolist()])[inverse]


def standardize_weights(y, sample_weight=None, class_weight=None, sample_weight_mode=None):
    """One weight for each sample of `y`, or with mode 'temporal' for each timestep of each sample.

    Raises:
        ValueError: weights that do not fit the targets.
    """
    _check_sample_weight(y, sample_weight, sample_weight_mode)
    of_classes = None
    if isinstance(class_weight, dict) and (sample_weight is None or dialect.is_tf_keras()):
        of_classes = _class_weights(y, class_weight)
    elif sample_weight is not None and class_weight is not None:
        warnings.warn(
            "Found both `sample_weight` and `class_weight`: `class_weight` argument will be ignored.", stacklevel=2
        )
    if sample_weight is not None:
        if len(sample_weight.shape) > len(y.shape):
            raise ValueError(
                f"Found a sample_weight with shape{sample_weight.shape}."
                f"Expected sample_weight with rank less than or equal to {len(y.shape)}"
            )
        if y.shape[: sample_weight.ndim] != sample_weight.shape:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape} for an input with shape {y.shape}. "
                "sample_weight cannot be broadcast."
            )
        return sample_weight if of_classes is None else sample_weight * of_classes
    if of_classes is not None:
        return of_classes
    axes = 1 if sample_weight_mode is None else 2
    if K.is_tensor(y) and None in K.int_shape(y)[:axes]:
        return tf.ones(tf.shape(y)[:axes], K.floatx())
    return np.ones(y.shape[:axes], dtype=K.floatx())


# -- losses and metrics -----------------------------------------------------------------------------------------------


def collect_metrics(metrics, output_names):
    """A list of metrics for each output.

    Args:
        metrics: a list, for all outputs, a list of lists, or a dict from output name to metrics.

    Raises:
        TypeError: neither. ValueError: a list of lists of another length.
    """
    if not metrics:
        return [[] for _ in output_names]
    if isinstance(metrics, list | tuple) and any(isinstance(m, list) for m in metrics):
        if len(metrics) != len(output_names):
            raise ValueError(
                "When passing a list of lists as `metrics`, it should have one entry per model output. "
                f"The model has {len(output_names)} outputs, but you passed metrics={metrics}"
            )
        return [to_list(m) for m in metrics]
    if isinstance(metrics, list):
        # A state belongs to one output.
        return [list(metrics) if len(output_names) == 1 else [cloned(m) for m in metrics] for _ in output_names]
    if isinstance(metrics, dict):
        return [to_list(metrics.get(name, [])) for name in output_names]
    raise TypeError(f"Type of `metrics` argument not understood. Expected a list or dictionary, found: {metrics}")


def cloned(metric):
    """A metric with a state of its own in place of a metric object; anything else itself."""
    return type(metric).from_config(metric.get_config()) if isinstance(metric, Metric) else metric


def weighted_masked_objective(fn):
    """`fn(y_true, y_pred)` as a scalar objective of `(y_true, y_pred, weights, mask)`; None for None.

    Entries under a zero of the mask do not count; the weighted sum is divided by the share of weights that are not zero.
    For loss objects, and for `tf.keras`, it is divided by the number of entries.
    """
    if fn is None:
        return None
    if isinstance(fn, losses.Loss):
        return _objective(fn.call, fn.reduction, losses.function_of(fn))
    if dialect.is_tf_keras():
        return _objective(fn, losses.Reduction.AUTO, fn)

    def weighted(y_true, y_pred, weights, mask=None):
        score_array = fn(y_true, y_pred)
        if mask is not None:
            mask = K.cast(mask, K.floatx())
            score_array *= mask
            score_array /= K.mean(mask)
        if weights is not None:
            score_array = K.mean(score_array, axis=list(range(K.ndim(weights), K.ndim(score_array))))
            score_array *= weights
            score_array /= K.mean(K.cast(K.not_equal(weights, 0), K.floatx()))
        return K.mean(score_array)

    return weighted


# Seeds of what is made later count operations. These TensorFlow makes for a loss, and graphflow does not: to weight it by
# the number 1, to check the shape of that, and for some functions.
_OF_WEIGHTING, _OF_MEAN, _OF_GRADIENT = 11, 2, 4
_OF_FUNCTION = {
    losses.sparse_categorical_crossentropy: 6,
    losses.categorical_crossentropy: 1,
    losses.binary_crossentropy: 1,
}


def count_gradients(losses_made):
    """Counts the operations that TensorFlow makes besides ours for the gradients of some losses."""
    if dialect.is_tf_keras():
        tf.get_default_graph()._last_id += _OF_GRADIENT * losses_made


def _objective(fn, reduction, known):
    """The objective that `tf.keras` makes of a function: what a mask hides is weighted with zero, and counted.

    Args:
        known: the function by which its operations are counted.
    """

    def weighted(y_true, y_pred, weights, mask=None):
        scores = tf.convert_to_tensor(fn(y_true, y_pred))
        weights = _weighting.masked(weights, mask, y_pred.dtype)
        if weights is not None:
            scores *= tf.cast(_weighting.for_samples(weights, scores), scores.dtype)
        if dialect.is_tf_keras():
            made = 0 if weights is None else 2  # the placeholder of the weights, and their product
            mean = 0 if reduction in (losses.Reduction.NONE, losses.Reduction.SUM) else _OF_MEAN
            tf.get_default_graph()._last_id += _OF_WEIGHTING - made + mean + _OF_FUNCTION.get(known, 0)
        return reduced(scores, reduction)

    return weighted


# -- batches ----------------------------------------------------------------------------------------------------------


def batch_shuffle(index_array, batch_size):
    """The indices with whole batches in another order; the rest that fills no batch stays last.

    For data such as HDF5 files from which only contiguous rows can be read.
    """
    whole = len(index_array) // batch_size * batch_size
    batches = index_array[:whole].reshape((-1, batch_size))
    np.random.shuffle(batches)
    return np.append(batches.flatten(), index_array[whole:])


def make_batches(size, batch_size):
    """Start and end of each batch; the last may be smaller."""
    return [(start, min(size, start + batch_size)) for start in range(0, size, batch_size)]


def check_num_samples(ins, batch_size=None, steps=None, steps_name="steps"):
    """The number of samples in `ins`; None where `steps` counts instead.

    Raises:
        ValueError: both `steps` and `batch_size`, or tensors without `steps`.
    """
    if steps is not None and batch_size is not None:
        raise ValueError(f"If {steps_name} is set, the `batch_size` must be None.")
    if not ins or any(K.is_tensor(x) for x in ins):
        if steps is None:
            raise ValueError(
                f"If your data is in the form of symbolic tensors, you should specify the `{steps_name}` argument (instead of "
                "the `batch_size` argument, because symbolic tensors are expected to produce batches of input data)."
            )
        return None
    return int(ins[0].shape[0]) if hasattr(ins[0], "shape") else None


def iter_sequence_infinite(seq):
    """The items of a Sequence, again and again."""
    while True:
        yield from seq
