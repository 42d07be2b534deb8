"""optimize_loss: a training step from a loss and the name of an optimizer."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    choosing,
    clip,
    grouping,
    initializers,
    math,
    random,
    summaries,
    unary,
    variable_scope,
    variables,
)
from graphflow._train import (
    adagrad,
    adam,
    ftrl,
    gradient_descent,
    momentum,
    moving_averages,
    rmsprop,
)
from graphflow._train import (
    global_step as global_step_lib,
)
from graphflow._train import (
    optimizer as optimizer_lib,
)

OPTIMIZER_CLS_NAMES = {
    "Adagrad": adagrad.AdagradOptimizer,
    "Adam": adam.AdamOptimizer,
    "Ftrl": ftrl.FtrlOptimizer,
    "Momentum": lambda learning_rate: momentum.MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": rmsprop.RMSPropOptimizer,
    "SGD": gradient_descent.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = ["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"]
_DEFAULT_SUMMARIES = ("loss", "learning_rate", "global_gradient_norm")


def optimize_loss(
    loss, global_step, learning_rate, optimizer, gradient_noise_scale=None, gradient_multipliers=None, clip_gradients=None,
    learning_rate_decay_fn=None, update_ops=None, variables=None, name=None, summaries=None,
    colocate_gradients_with_ops=False, increment_global_step=True,
):  # fmt: skip
    """A scalar, the loss, whose run trains one step.

    Args:
        loss: scalar.
        global_step: an integer variable, counted up; that of the graph where None.
        learning_rate: float (held in a variable), scalar tensor, or None.
        optimizer: one of the names of `OPTIMIZER_CLS_NAMES`, an Optimizer, its class, or a function learning rate -> Optimizer.
        gradient_noise_scale: adds normal noise of that deviation to gradients.
        gradient_multipliers: dict variable, or name, -> factor.
        clip_gradients: float, the largest global norm; or a function on the pairs of gradients and variables.
        learning_rate_decay_fn: function (learning rate, global step) -> learning rate.
        update_ops: operations to run before the loss is read; those in UPDATE_OPS where None.
        variables: what is trained; the trainable variables where None.
        summaries: some of `OPTIMIZER_SUMMARIES`.

    Raises:
        ValueError: an argument is none of these.
    """
    loss = build.convert_to_tensor(loss)
    if loss._dims is not None and len(loss._dims):
        raise ValueError(f"Expected scalar shape for {loss.name}, saw shape: {loss.shape}.")
    if global_step is None:
        global_step = global_step_lib.get_global_step()
    else:
        global_step_lib.assert_global_step(global_step)
    with variable_scope.variable_scope(name, "OptimizeLoss", [loss, global_step]):
        return _train_step(
            loss, global_step, learning_rate, optimizer, gradient_noise_scale, gradient_multipliers, clip_gradients,
            learning_rate_decay_fn, update_ops, variables, _checked_summaries(summaries), colocate_gradients_with_ops,
            increment_global_step,
        )  # fmt: skip


def _checked_summaries(wanted):
    if wanted is None:
        return _DEFAULT_SUMMARIES
    for one in wanted:
        if one not in OPTIMIZER_SUMMARIES:
            raise ValueError(f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided {one}.")
    return wanted


def _train_step(
    loss, global_step, learning_rate, optimizer, noise_scale, multipliers, clip_gradients, decay_fn, update_ops, trained,
    wanted, colocate, increment,
):  # fmt: skip
    if update_ops is None:
        update_ops = dict.fromkeys(graph_lib.get_default_graph().get_collection(keys.GraphKeys.UPDATE_OPS))
    if update_ops:
        loss = grouping.with_dependencies(list(update_ops), loss)
    rate = None if learning_rate is None else _rate(learning_rate)
    if rate is not None and decay_fn is not None:
        if global_step is None:
            raise ValueError("global_step is required for learning_rate_decay_fn.")
        rate = decay_fn(rate, global_step)
        if "learning_rate" in wanted:
            summaries.scalar("learning_rate", rate)
    opt = _optimizer(optimizer, rate)
    trained = variables.trainable_variables() if trained is None else trained
    pairs = opt.compute_gradients(loss, trained, colocate_gradients_with_ops=colocate)
    if noise_scale is not None:
        pairs = [(_noisy(g, noise_scale), v) for g, v in pairs]
    if multipliers is not None:
        pairs = [(_multiplied(g, v, multipliers), v) for g, v in pairs]
        if not pairs:
            raise ValueError("There are no gradients left: look at gradient_multipliers and variables.")
    has_norms = "global_gradient_norm" in wanted or "gradient_norm" in wanted
    if has_norms:
        summaries.scalar("global_norm/gradient_norm", clip.global_norm([g for g, _ in pairs]))
    pairs = _clipped(pairs, clip_gradients)
    if "loss" in wanted:
        summaries.scalar("loss", loss)
    _summarize(pairs, wanted)
    if clip_gradients is not None and has_norms:
        summaries.scalar("global_norm/clipped_gradient_norm", clip.global_norm([g for g, _ in pairs]))
    update = opt.apply_gradients(pairs, global_step=global_step if increment else None, name="train")
    return grouping.with_dependencies([update], loss)


def _rate(learning_rate):
    if isinstance(learning_rate, tensor.Tensor) and learning_rate.get_shape().ndims == 0:
        return learning_rate
    if not isinstance(learning_rate, float):
        raise ValueError(
            f"Learning rate should be 0d Tensor or float. Got {learning_rate} of type {type(learning_rate)}"
        )
    if learning_rate < 0.0:
        raise ValueError(f"Invalid learning_rate {learning_rate}.")
    start = initializers.Constant(learning_rate)
    return variable_scope.get_variable("learning_rate", [], trainable=False, initializer=start)


def _optimizer(optimizer, rate):
    is_class = isinstance(optimizer, type) and issubclass(optimizer, optimizer_lib.Optimizer)
    if isinstance(optimizer, optimizer_lib.Optimizer):
        return optimizer
    if isinstance(optimizer, str) or is_class:
        if rate is None:
            raise ValueError(f"Learning rate is None, but should be specified for the optimizer {optimizer}.")
        if isinstance(optimizer, str) and optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided {optimizer}."
            )
        return (optimizer if is_class else OPTIMIZER_CLS_NAMES[optimizer])(learning_rate=rate)
    made = None
    if callable(optimizer):
        made = optimizer() if rate is None else optimizer(rate)
    if not isinstance(made, optimizer_lib.Optimizer):
        raise ValueError(
            "Unrecognized optimizer: should be a name, a subclass of Optimizer, an Optimizer, or a function of the learning "
            f"rate that returns one. Got {optimizer if made is None else made}."
        )
    return made


def _noisy(gradient, scale):
    if gradient is None:
        return None
    is_rows = isinstance(gradient, tensor.IndexedSlices)
    return gradient + random.truncated_normal(gradient.dense_shape if is_rows else gradient.get_shape()) * scale


def _multiplied(gradient, variable, multipliers):
    by_id = {id(key): factor for key, factor in multipliers.items() if not isinstance(key, str)}
    factor = by_id.get(id(variable), multipliers.get(variable.name))
    if gradient is None or factor is None:
        return gradient
    return _times(gradient, factor)


def _times(gradient, factor):
    """A gradient, dense or of rows, times a scalar."""
    if isinstance(gradient, tensor.IndexedSlices):
        return tensor.IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return None if gradient is None else gradient * math.cast(factor, gradient.dtype)


def _clipped(pairs, clip_gradients):
    if clip_gradients is None:
        return pairs
    if isinstance(clip_gradients, float):
        clipped, _ = clip.clip_by_global_norm([g for g, _ in pairs], clip_gradients)
        return [(g, v) for g, (_, v) in zip(clipped, pairs)]
    if callable(clip_gradients):
        return clip_gradients(pairs)
    raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients: give a float or a function")


def _summarize(pairs, wanted):
    for gradient, variable in pairs:
        values = gradient.values if isinstance(gradient, tensor.IndexedSlices) else gradient
        if values is None:
            continue
        name = variable.name.replace(":", "_")
        if "gradients" in wanted:
            summaries.histogram(f"gradients/{name}", values)
        if "gradient_norm" in wanted:
            summaries.scalar(f"gradient_norm/{name}", clip.global_norm([values]))
