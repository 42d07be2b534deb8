"""The parts of `Model.compile`: arguments given per output, placeholders, the total loss, the metrics."""

import warnings

import graphflow as tf
from graphflow_keras import _weighting, dialect, losses
from graphflow_keras import backend as K
from graphflow_keras import metrics as metrics_module
from graphflow_keras.backend import _session
from graphflow_keras.engine import _added_metrics
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.engine.training_utils import collect_metrics, weighted_masked_objective


def _known(given, output_names, what):
    """Refuses a dict that names an output the model has not."""
    for name in given:
        if name not in output_names:
            raise ValueError(
                f'Unknown entry in {what} dictionary: "{name}". Only expected the following keys: {output_names}'
            )


def loss_functions(loss, output_names):
    """The loss of each output, None where there is none.

    Args:
        loss: a loss for all outputs, a list, or a dict from output name to loss.

    Raises:
        ValueError: an unknown output, or a list of another length.
    """
    if isinstance(loss, dict):
        _known(loss, output_names, "loss")
        for name in output_names:
            if name not in loss:
                warnings.warn(
                    f'Output "{name}" missing from loss dictionary. We assume this was done on purpose, and we will not be '
                    f'expecting any data to be passed to "{name}" during training.',
                    stacklevel=3,
                )
        return [losses.get(loss.get(name)) for name in output_names]
    if isinstance(loss, list | tuple):
        if len(loss) != len(output_names):
            raise ValueError(
                "When passing a list as loss, it should have one entry per model outputs. "
                f"The model has {len(output_names)} outputs, but you passed loss={loss}"
            )
        return [losses.get(one) for one in loss]
    return [losses.get(loss)] * len(output_names)


def loss_weights(given, output_names):
    """The factor of each output's loss.

    Raises:
        ValueError: an unknown output, or a list of another length. TypeError: neither list nor dict.
    """
    if given is None:
        return [1.0] * len(output_names)
    if isinstance(given, dict):
        _known(given, output_names, "loss_weights")
        return [given.get(name, 1.0) for name in output_names]
    if isinstance(given, list):
        if len(given) != len(output_names):
            raise ValueError(
                "When passing a list as loss_weights, it should have one entry per model output. "
                f"The model has {len(output_names)} outputs, but you passed loss_weights={given}"
            )
        return given
    raise TypeError(f"Could not interpret loss_weights argument: {given} - expected a list of dicts.")


def target_tensors(given, output_names):
    """The user's own target of each output, None where there is none.

    Raises:
        ValueError: an unknown output, or another number of tensors. TypeError: no tensor, list or dict.
    """
    if given is None:
        return [None] * len(output_names)
    if isinstance(given, list):
        if len(given) != len(output_names):
            raise ValueError(
                "When passing a list as `target_tensors`, it should have one entry per model output. "
                f"The model has {len(output_names)} outputs, but you passed target_tensors={given}"
            )
        return given
    if isinstance(given, dict):
        _known(given, output_names, "`target_tensors`")
        return [given.get(name) for name in output_names]
    if K.is_tensor(given):
        if len(output_names) != 1:
            raise ValueError(
                f"The model has {len(output_names)} outputs, but you passed a single tensor as `target_tensors`. Expected a "
                "list or a dict of tensors."
            )
        return [given]
    raise TypeError("Expected `target_tensors` to be a tensor, a list of tensors, or dict of tensors, but got:", given)


def sample_weight_modes(given, output_names, skipped):
    """'temporal' or None for each output.

    Args:
        skipped: the indices of the outputs that take no weights.

    Raises:
        ValueError: an unknown or missing output, or a list of another length.
    """
    modes = [given] * len(output_names)
    if isinstance(given, dict):
        _known(given, output_names, "sample_weight_mode")
        for i, name in enumerate(output_names):
            if i not in skipped and name not in given:
                raise ValueError(f'Output "{name}" missing from sample_weight_modes dictionary')
        modes = [given.get(name) for name in output_names]
    elif isinstance(given, list):
        if len(given) != len(output_names):
            raise ValueError(
                "When passing a list as sample_weight_mode, it should have one entry per model output. "
                f"The model has {len(output_names)} outputs, but you passed sample_weight_mode={given}"
            )
        modes = given
    return ["temporal" if mode == "temporal" and i not in skipped else None for i, mode in enumerate(modes)]


def total_loss(model, objectives, masks, factors):
    """The weighted sum of the outputs' losses and of the penalties of the layers.

    Records the loss of each output as a metric where there are several.

    Raises:
        ValueError: there is nothing to optimize.
    """
    total = None
    several = len(model.outputs) > 1
    with K.name_scope("loss"):
        for i, (name, objective) in enumerate(zip(model.output_names, objectives)):
            if objective is None:
                continue
            with K.name_scope(name + "_loss"):
                loss = objective(model.targets[i], model.outputs[i], model.sample_weights[i], masks[i])
            if several and dialect.is_tf_keras():
                mean = metrics_module.Mean(name=name + "_loss")
                _record(model, mean.name, mean(loss), mean)
            elif several:
                _record(model, name + "_loss", loss)
            weighted = factors[i] * loss
            total = weighted if total is None else total + weighted
        penalties = _penalties(model)
        if total is None:
            if not penalties:
                raise ValueError("The model cannot be compiled because it has no loss to optimize.")
            total = 0.0
        for penalty in penalties:
            total += penalty
    return total


def _penalties(model):
    """The penalties of the layers; for tf.keras their sum."""
    graph = tf.get_default_graph()
    before = graph._last_id
    penalties = model.losses
    if not dialect.is_tf_keras():
        return penalties
    graph._last_id += graph._last_id - before  # TensorFlow computes them twice, and seeds count operations
    return [tf.add_n(penalties)] if len(penalties) > 1 else penalties


def _record(model, name, value, state=None):
    """Adds a value to what the model reports; `state` is the metric or layer that gathers it from batch to batch."""
    model.metrics_names.append(name)
    model.metrics_tensors.append(value)
    if state is not None:
        model.stateful_metric_names.append(name)
        model.stateful_metric_functions.append(state)


def record_added_metrics(model):
    """Adds the metrics that the model and its layers added themselves."""
    for metric, value in _added_metrics.found_in(model):
        _record(model, metric.name, value, metric)


# What 'accuracy' and 'crossentropy' mean depends on the loss: (its own name, for binary, sparse and one-hot targets).
_BY_LOSS = {
    "accuracy": (
        "acc",
        metrics_module.binary_accuracy,
        metrics_module.sparse_categorical_accuracy,
        metrics_module.categorical_accuracy,
    ),
    "crossentropy": (
        "ce",
        metrics_module.binary_crossentropy,
        metrics_module.sparse_categorical_crossentropy,
        metrics_module.categorical_crossentropy,
    ),
}
_BY_LOSS["acc"], _BY_LOSS["ce"] = _BY_LOSS["accuracy"], _BY_LOSS["crossentropy"]


def _metric(metric, output, loss):
    """A metric's function or object, and its name."""
    if isinstance(metric, str) and metric in _BY_LOSS:
        name, binary, sparse, one_hot = _BY_LOSS[metric]
        fn = losses.function_of(loss)
        if K.int_shape(output)[-1] == 1 or fn == losses.binary_crossentropy:
            return binary, name
        return (sparse if fn == losses.sparse_categorical_crossentropy else one_hot), name
    fn = metrics_module.get(metric)
    return fn, fn.name if hasattr(fn, "name") else fn.__name__


def add_metrics(model, metrics, weighted_metrics, masks):
    """Adds the tensors of all metrics to the model, with a name each."""
    if dialect.is_tf_keras():
        for given, what in ((metrics, "metrics"), (weighted_metrics, "weighted_metrics")):
            _known(given if isinstance(given, dict) else (), model.output_names, what)
    plain = collect_metrics(metrics, model.output_names)
    weighted = collect_metrics(weighted_metrics, model.output_names)
    with K.name_scope("metrics"):
        for i, output in enumerate(model.outputs):
            loss = model.loss_functions[i]
            if loss is None:
                continue
            for given, weights, prefix in ((plain[i], None, ""), (weighted[i], model.sample_weights[i], "weighted_")):
                found = [_metric(metric, output, loss) for metric in given]
                if _as_version_2():
                    prefix = ""
                    found = [(fn, one if isinstance(one, str) else name) for (fn, name), one in zip(found, given)]
                if dialect.is_tf_keras():  # has one of a name
                    found = [(fn, name) for name, fn in {name: fn for fn, name in found}.items()]
                for fn, name in found:
                    _add_metric(model, i, fn, prefix + name, weights, masks[i])


def _as_version_2():
    """Whether metrics are called what the user calls them: in tf.keras, after `tf.enable_v2_behavior()`."""
    return dialect.is_tf_keras() and tf.resource_variables_enabled() and _session.is_eager_outside()


def _add_metric(model, i, fn, name, weights, mask):
    unique = _unique(f"{model.output_names[i]}_{name}" if len(model.output_names) > 1 else name, model.metrics_names)
    has_state = isinstance(fn, Layer) and fn.stateful
    if dialect.is_tf_keras() and not has_state:
        fn, has_state = metrics_module.MeanMetricWrapper(fn, name=unique), True
    target, output = model.targets[i], model.outputs[i]
    is_metric = isinstance(fn, metrics_module.Metric)
    with K.name_scope(name):
        if is_metric:
            fn.name = unique
            result = fn(target, output, sample_weight=_weighting.masked(weights, mask, output.dtype))
        else:
            result = weighted_masked_objective(fn)(target, output, weights=weights, mask=mask)
    _record(model, unique, result, fn if has_state else None)
    if has_state and not is_metric:  # the value of a metric object waits for its update
        model.metrics_updates += fn.updates


def _unique(name, taken):
    """`name`, with the first number behind it that makes it new."""
    unique, number = name, 0
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    return unique


def resets(model):
    """(variable, zeros) for all that the metric objects of a model gathered."""
    objects = [m for m in model.stateful_metric_functions if isinstance(m, metrics_module.Metric)]
    return [(v, tf.zeros(v.shape, v.dtype.base_dtype)) for m in objects for v in m.variables]
