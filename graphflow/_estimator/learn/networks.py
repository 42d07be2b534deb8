"""The linear and deep models under the heads of `tf.contrib.learn`, as model functions."""

from __future__ import annotations

from graphflow._autodiff import gradients
from graphflow._contrib import dense_layers, optimize_loss
from graphflow._contrib.feature_columns import base, dense
from graphflow._contrib.feature_columns import layers as old_layers
from graphflow._estimator.canned import linear as core_linear
from graphflow._estimator.learn import columns
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import layers
from graphflow._ops import clip, grouping, nn, state, summaries, unary, variable_scope
from graphflow._train import ftrl, global_step, sync_replicas

_ACTIVATIONS = {"relu": nn.relu, "tanh": unary.tanh, "sigmoid": unary.sigmoid, None: nn.relu}
_DEEP_RATE, _LINEAR_RATE = 0.05, 0.2


def _are_old(feature_columns):
    return all(isinstance(column, base.OldColumn) for column in feature_columns)


def _optimizer(given):
    """What `optimize_loss` takes of an Optimizer, a function that makes it, or its name."""
    return given() if callable(given) and not isinstance(given, type) else given


def _cut(config, least=None):
    """The partitioner of the variables of columns, from a size on."""
    return core_linear.partitioner(config, min_slice_size=least or core_linear._LARGE_SLICE)


def deep_logits(features, mode, size, feature_columns, hidden_units, activation_fn, dropout, cut, join):
    """(logits `[batch, size]`, the scope of the columns), with variables in the collection "dnn".

    Args:
        cut: the partitioner of the variables of columns.
        join: between the names of layers and of their summaries.
    """
    activation, given = _ACTIVATIONS.get(activation_fn, activation_fn), tuple(features.values())
    with variable_scope.variable_scope("input_from_feature_columns", values=given, partitioner=cut) as columns_scope:
        if _are_old(feature_columns):
            net = old_layers.input_from_feature_columns(features, feature_columns, ["dnn"], scope=columns_scope)
        else:
            net = layers.input_layer(features, feature_columns, weight_collections=["dnn"])
    for i, units in enumerate(hidden_units):
        with variable_scope.variable_scope(f"hiddenlayer_{i}", values=(net,)) as scope:
            net = dense_layers.fully_connected(
                net, units, activation_fn=activation, variables_collections=["dnn"], scope=scope
            )
            if dropout is not None and mode == ops_lib.ModeKeys.TRAIN:
                net = dense_layers.dropout(net, keep_prob=1.0 - dropout)
        _summarize(net, scope.name + join)
    with variable_scope.variable_scope("logits", values=(net,)) as scope:
        logits = dense_layers.linear(net, size, variables_collections=["dnn"], scope=scope)
    _summarize(logits, scope.name + join)
    return logits, columns_scope


def linear_logits(features, size, feature_columns, has_joint_weights, scope):
    """The logits `[batch, size]`, with variables in the collection "linear"."""
    if not _are_old(feature_columns):
        return layers.linear_model(features, feature_columns, units=size, weight_collections=["linear"])
    made = old_layers.weighted_sum_from_feature_columns
    if has_joint_weights:
        made = old_layers.joint_weighted_sum_from_feature_columns
    return made(features, feature_columns, size, weight_collections=["linear"], scope=scope)[0]


def _summarize(value, tag):
    summaries.scalar(f"{tag}fraction_of_zero_values", nn.zero_fraction(value))
    summaries.histogram(f"{tag}activation", value)


def _multipliers(by_column, columns_scope):
    """dict variable -> factor of its gradients, of a dict embedding column -> factor."""
    found = {}
    for column, factor in (by_column or {}).items():
        if not isinstance(column, dense.EmbeddingColumn):
            raise ValueError(f"learning rate multipliers are of embedding columns, got one of {column}")
        tables = graph_lib.get_default_graph().get_collection("dnn", f"{columns_scope.name}/{column.name}")
        if not tables:
            raise ValueError(f"Couldn't find a variable for column {column}")
        found.update(dict.fromkeys(tables, factor))
    return found or None


def deep(head, feature_columns, hidden_units, optimizer, activation_fn, dropout, clip_norm, multipliers, least):
    """The model function of a deep model."""

    def model_fn(features, labels, mode, config):
        features = columns.as_dict(features)
        whole = core_linear.partitioner(config)
        with variable_scope.variable_scope("dnn", values=tuple(features.values()), partitioner=whole):
            logits, scope = deep_logits(
                features, mode, head.logits_dimension, feature_columns, hidden_units, activation_fn, dropout,
                _cut(config, least), "_",
            )  # fmt: skip

            def train(loss):
                return optimize_loss.optimize_loss(
                    loss, global_step.get_global_step(), _DEEP_RATE, _optimizer(optimizer or "Adagrad"),
                    gradient_multipliers=_multipliers(multipliers, scope), clip_gradients=clip_norm, name="dnn",
                    summaries=[],
                )  # fmt: skip

            return head.create_model_fn_ops(features, mode, labels=labels, train_op_fn=train, logits=logits)

    return model_fn


def linear(head, feature_columns, optimizer, clip_norm, has_joint_weights):
    """The model function of a linear model."""

    def model_fn(features, labels, mode, config):
        features = columns.as_dict(features)
        with variable_scope.variable_scope(
            "linear", values=tuple(features.values()), partitioner=_cut(config)
        ) as scope:
            logits = linear_logits(features, head.logits_dimension, feature_columns, has_joint_weights, scope)

            def train(loss):
                held = graph_lib.get_default_graph().get_collection("linear")
                grads = gradients.gradients(loss, held)
                if clip_norm:
                    grads, _ = clip.clip_by_global_norm(grads, clip_norm)
                chosen = optimizer or ftrl.FtrlOptimizer(min(_LINEAR_RATE, len(feature_columns) ** -0.5))
                if isinstance(chosen, str):
                    chosen = optimize_loss.OPTIMIZER_CLS_NAMES[chosen](learning_rate=_LINEAR_RATE)
                pairs = list(zip(grads, held, strict=True))
                return _optimizer(chosen).apply_gradients(pairs, global_step=global_step.get_global_step())

            return head.create_model_fn_ops(features, mode, labels=labels, train_op_fn=train, logits=logits)

    return model_fn


def _for_combined(given):
    made = _optimizer(given)
    if isinstance(made, sync_replicas.SyncReplicasOptimizer):
        raise ValueError(
            "SyncReplicasOptimizer is not supported in DNNLinearCombined model. If you want to use this optimizer, please use "
            "either DNN or Linear model."
        )
    return made


def combined(
    head, linear_columns, linear_optimizer, has_joint_weights, deep_columns, deep_optimizer, hidden_units, activation_fn,
    dropout, clip_norm, multipliers, least, counts_once,
):  # fmt: skip
    """The model function of a linear and a deep model side by side; each optimizer counts a step unless `counts_once`."""
    if not linear_columns + deep_columns:
        raise ValueError("Either linear_feature_columns or dnn_feature_columns must be defined.")
    if deep_columns and not hidden_units:
        raise ValueError("dnn_hidden_units must be defined when dnn_feature_columns is specified.")

    def model_fn(features, labels, mode, config):
        features, size, parts, columns_scope = columns.as_dict(features), head.logits_dimension, [], None
        of_linear, of_deep = _for_combined(linear_optimizer or "Ftrl"), _for_combined(deep_optimizer or "Adagrad")
        given = tuple(features.values())
        if deep_columns:
            whole = core_linear.partitioner(config)
            with variable_scope.variable_scope("dnn", values=given, partitioner=whole):
                logits, columns_scope = deep_logits(
                    features, mode, size, deep_columns, hidden_units, activation_fn, dropout, _cut(config, least), "/"
                )
            parts.append((logits, "dnn", of_deep, _DEEP_RATE))
        if linear_columns:
            with variable_scope.variable_scope("linear", values=given, partitioner=_cut(config)) as scope:
                logits = linear_logits(features, size, linear_columns, has_joint_weights, scope)
                _summarize(logits, f"{scope.name}/")
            parts.append((logits, "linear", of_linear, min(_LINEAR_RATE, len(linear_columns) ** -0.5)))

        def train(loss):
            graph, step = graph_lib.get_default_graph(), global_step.get_global_step()
            steps = [
                optimize_loss.optimize_loss(
                    loss, step, rate, optimizer, clip_gradients=clip_norm, variables=graph.get_collection(name), name=name,
                    summaries=[], increment_global_step=not counts_once,
                    gradient_multipliers=_multipliers(multipliers, columns_scope) if name == "dnn" else None,
                )
                for _, name, optimizer, rate in parts
            ]  # fmt: skip
            done = grouping.group(*steps)
            if not counts_once:
                return done
            with graph.control_dependencies([done]), graph.colocate_with(step):
                return state.assign_add(step, 1).op

        logits = parts[0][0] if len(parts) == 1 else parts[0][0] + parts[1][0]
        return head.create_model_fn_ops(features, mode, labels=labels, train_op_fn=train, logits=logits)

    return model_fn
