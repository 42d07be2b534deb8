"""The parts of `Model.compile`: arguments given per output, placeholders, the total loss, the metrics."""

import warnings

from graphflow_keras import backend as K
from graphflow_keras import losses
from graphflow_keras import metrics as metrics_module
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
    if isinstance(loss, list):
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
            if several:
                model.metrics_tensors.append(loss)
                model.metrics_names.append(name + "_loss")
            weighted = factors[i] * loss
            total = weighted if total is None else total + weighted
        if total is None:
            if not model.losses:
                raise ValueError("The model cannot be compiled because it has no loss to optimize.")
            total = 0.0
        for penalty in model.losses:
            total += penalty
    return total


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
    """A metric's function and name."""
    if isinstance(metric, str) and metric in _BY_LOSS:
        name, binary, sparse, one_hot = _BY_LOSS[metric]
        if K.int_shape(output)[-1] == 1 or loss == losses.binary_crossentropy:
            return binary, name
        return (sparse if loss == losses.sparse_categorical_crossentropy else one_hot), name
    fn = metrics_module.get(metric)
    return fn, fn.name if hasattr(fn, "name") else fn.__name__


def add_metrics(model, metrics, weighted_metrics, masks):
    """Adds the tensors of all metrics to the model, with a name each."""
    plain = collect_metrics(metrics, model.output_names)
    weighted = collect_metrics(weighted_metrics, model.output_names)
    with K.name_scope("metrics"):
        for i in range(len(model.outputs)):
            if model.loss_functions[i] is None:
                continue
            for metric in plain[i]:
                _add_metric(model, i, metric, None, masks[i])
            for metric in weighted[i]:
                _add_metric(model, i, metric, model.sample_weights[i], masks[i])


def _add_metric(model, i, metric, weights, mask):
    fn, name = _metric(metric, model.outputs[i], model.loss_functions[i])
    name = name if weights is None else "weighted_" + name
    with K.name_scope(name):
        result = weighted_masked_objective(fn)(model.targets[i], model.outputs[i], weights=weights, mask=mask)
    if len(model.output_names) > 1:
        name = f"{model.output_names[i]}_{name}"
    unique, number = name, 0
    while unique in model.metrics_names:
        number += 1
        unique = f"{name}_{number}"
    model.metrics_names.append(unique)
    model.metrics_tensors.append(result)
    if isinstance(fn, Layer) and fn.stateful:
        model.stateful_metric_names.append(unique)
        model.stateful_metric_functions.append(fn)
        model.metrics_updates += fn.updates
