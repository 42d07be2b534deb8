"""Training steps of slim and contrib.training: an operation that updates variables and gives the loss."""

from __future__ import annotations

from graphflow._core import log
from graphflow._graph import build, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import checks, clip, grouping, summaries, variables
from graphflow._train import global_step as global_step_lib
from graphflow._train import optimizer as optimizer_lib

_USE_GLOBAL_STEP = 0  # stands for "that of the graph"; None is for none
_GATE_OP = optimizer_lib.Optimizer.GATE_OP


def _mapped(gradient, function):
    """`function` of a gradient, or of its rows."""
    if isinstance(gradient, tensor.IndexedSlices):
        return tensor.IndexedSlices(function(gradient.values), gradient.indices, gradient.dense_shape)
    return function(gradient)


def clip_gradient_norms(gradients_to_variables, max_norm):
    """The pairs, each gradient scaled to at most that norm."""
    return [
        (None if g is None else _mapped(g, lambda values: clip.clip_by_norm(values, max_norm)), v)
        for g, v in gradients_to_variables
    ]


def clip_gradient_norms_fn(max_norm):
    """`clip_gradient_norms` as a function of the pairs alone."""
    return lambda pairs: clip_gradient_norms(pairs, max_norm)


def multiply_gradients(grads_and_vars, gradient_multipliers):
    """The pairs, gradients multiplied by the factors given by variable or by name.

    Raises:
        ValueError: an argument is of another type or empty, or there is no gradient to multiply.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers or not isinstance(gradient_multipliers, dict):
        raise ValueError(f"`gradient_multipliers` must be a dict that is not empty, got {gradient_multipliers!r}.")
    by_id = {id(key): factor for key, factor in gradient_multipliers.items() if not isinstance(key, str)}
    pairs = []
    for gradient, variable in grads_and_vars:
        factor = by_id.get(id(variable), gradient_multipliers.get(variable.op.name))
        if factor is not None:
            if gradient is None:
                raise ValueError(f"Requested multiple of `None` gradient: nothing depends on {variable.op.name}.")
            if not isinstance(factor, tensor.Tensor):
                factor = build.constant(factor, dtype=gradient.dtype)
            gradient = _mapped(gradient, lambda values, factor=factor: values * factor)
        pairs.append((gradient, variable))
    return pairs


def gradients_summaries(separator):
    """The function that summarizes gradients, as `<variable><separator>gradient`."""

    def add_gradients_summaries(grads_and_vars):
        made = []
        for gradient, variable in grads_and_vars:
            if gradient is None:
                log.info("Var %s has no gradient", variable.op.name)
                continue
            values = gradient.values if isinstance(gradient, tensor.IndexedSlices) else gradient
            name = f"{variable.op.name}{separator}gradient"
            made.append(summaries.histogram(name, values))
            made.append(summaries.scalar(name + "_norm", clip.global_norm([values])))
        return made

    add_gradients_summaries.__doc__ = "A histogram and the norm of each gradient."
    return add_gradients_summaries


add_gradients_summaries = gradients_summaries("_")


def create_train_op(
    total_loss, optimizer, global_step=_USE_GLOBAL_STEP, update_ops=None, variables_to_train=None, transform_grads_fn=None,
    summarize_gradients=False, gate_gradients=_GATE_OP, aggregation_method=None, colocate_gradients_with_ops=False,
    check_numerics=True,
):  # fmt: skip
    """The loss, whose run also trains one step.

    Args:
        total_loss: scalar.
        optimizer: an Optimizer.
        global_step: counted up; that of the graph, made where there is none; None for none.
        update_ops: operations to run before the loss; those in UPDATE_OPS where None.
        variables_to_train: the trainable variables where None.
        transform_grads_fn: a function on the pairs of gradients and variables.
        summarize_gradients: whether gradients are summarized.
        check_numerics: whether a loss that is no number is an error.
        others: as for `Optimizer.compute_gradients`.

    Raises:
        ValueError: there is nothing to train, or a variable is not trainable.
    """
    graph = graph_lib.get_default_graph()
    if global_step is _USE_GLOBAL_STEP:
        global_step = global_step_lib.get_or_create_global_step()
    collected = dict.fromkeys(graph.get_collection(keys.GraphKeys.UPDATE_OPS))
    update_ops = collected if update_ops is None else dict.fromkeys(update_ops)
    if not collected.keys() <= update_ops.keys():
        log.warning("update_ops in create_train_op does not contain all the update_ops in GraphKeys.UPDATE_OPS")
    if update_ops:
        with graph.control_dependencies(list(update_ops)):
            barrier = grouping.no_op(name="update_barrier")
        total_loss = grouping.with_dependencies([barrier], total_loss)
    trained = variables.trainable_variables() if variables_to_train is None else variables_to_train
    if not trained:
        raise ValueError("There are no variables to train.")
    pairs = optimizer.compute_gradients(
        total_loss, trained, gate_gradients=gate_gradients, aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )  # fmt: skip
    pairs = transform_grads_fn(pairs) if transform_grads_fn else pairs
    if summarize_gradients:
        with build.name_scope("summarize_grads"):
            add_gradients_summaries(pairs)
    update = optimizer.apply_gradients(pairs, global_step=global_step)
    with build.name_scope("train_op"):
        if check_numerics:
            total_loss = checks.check_numerics(total_loss, "LossTensor is inf or nan")
        train_op = grouping.with_dependencies([update], total_loss)
    held = graph.get_collection_ref(keys.GraphKeys.TRAIN_OP)
    if all(train_op is not one for one in held):
        held.append(train_op)
    return train_op
