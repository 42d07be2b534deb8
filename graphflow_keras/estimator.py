"""Estimators from Keras models, as `tf.keras.estimator` has them."""

import contextlib
import os
import re
import tempfile

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect, models, optimizers
from graphflow_keras import metrics as metrics_module
from graphflow_keras.engine.training_utils import cloned
from graphflow_keras.utils.generic_utils import CustomObjectScope, to_list


def model_to_estimator(
    keras_model=None, keras_model_path=None, custom_objects=None, model_dir=None, config=None, checkpoint_format="saver"
):  # fmt: skip
    """An Estimator of a compiled model; it starts with the model's weights, which stay as they are.

    All weights: TensorFlow 1.15 left behind those that are not trained, as the averages of BatchNormalization.

    Each graph of the estimator holds a copy of the model over the features of the input function: a tensor, a list, or a dict
    by the names of the inputs. Labels are a tensor, a list, or a dict by the names of the outputs. Predictions are by those
    names too.

    Args:
        keras_model: a compiled Sequential or functional model.
        keras_model_path: a file that holds one, in its place.
        custom_objects: dict name -> class or function, for layers, losses and metrics of one's own.
        model_dir: the folder of checkpoints; that of `config`, or a temporary one, when None.
        config: a `tf.estimator.RunConfig`.
        checkpoint_format: "saver" or "checkpoint"; variables go by their names in both.

    Raises:
        ValueError: no model or two, one that is not compiled, or one that defines its own `call`.
    """
    if (keras_model is None) == (keras_model_path is None):
        raise ValueError("Give either `keras_model` or `keras_model_path` to model_to_estimator, and not both.")
    if checkpoint_format not in (None, "saver", "checkpoint"):
        raise ValueError(f'Checkpoint format must be one of "checkpoint" or "saver". Got {checkpoint_format}')
    if keras_model is None:
        keras_model = models.load_model(keras_model_path, custom_objects)
    if not getattr(keras_model, "optimizer", None):
        raise ValueError(
            "The given keras model has not been compiled yet. Please compile the model with `model.compile()` before calling "
            "`model_to_estimator()`."
        )
    if not keras_model._is_graph_network:
        raise ValueError(
            f"{keras_model.name} has no inputs yet, or defines its own `call`: give its first layer an `input_shape`, or make it "
            "with `Model(inputs, outputs)`."
        )
    config = config or tf.estimator.RunConfig()
    folder = model_dir or config.model_dir or tempfile.mkdtemp()
    config = config.replace(model_dir=os.fspath(folder))
    original = _Original(keras_model, custom_objects or {})
    path = _save_weights(original, config)
    names = [f"{re.escape(name)}:0$" for name, _ in tf.train.list_variables(path)]  # optimizers start anew
    start = tf.estimator.WarmStartSettings(path, names)
    return tf.estimator.Estimator(original.model_fn, config=config, warm_start_from=start)


class _Original:
    """A compiled model, from which each graph gets a copy."""

    def __init__(self, model, custom_objects):
        self.model, self._custom_objects = model, custom_objects
        self.weights = model.get_weights()
        optimizer = model.optimizer
        # The numbers of an optimizer lie in variables, which only its own session can read.
        self._config = None if isinstance(optimizer, optimizers.TFOptimizer) else optimizer.get_config()

    def copy(self, features=None, labels=None):
        """The model in the default graph, on placeholders when there are no features; compiled when there are labels."""
        model = self.model
        inputs = None
        if features is not None:
            inputs = _ordered(features, model.input_names, "features")
            inputs = [_cast(x, layer.dtype) for x, layer in zip(inputs, model._input_layers)]
        with CustomObjectScope(self._custom_objects):
            made = models.clone_model(model, inputs)
            if labels is not None:
                given = zip(_ordered(labels, model.output_names, "labels"), made.outputs)
                made.compile(
                    self._optimizer(), model.loss, tf.nest.map_structure(cloned, model._compile_metrics), model.loss_weights,
                    weighted_metrics=tf.nest.map_structure(cloned, model.weighted_metrics),
                    target_tensors=[_like(y, output) for y, output in given],
                )  # fmt: skip
        return made

    def _optimizer(self):
        given = self.model.optimizer
        if self._config is None:
            return given.optimizer
        made = type(given).from_config(self._config)
        made.iterations = tf.train.get_or_create_global_step()
        return made

    def model_fn(self, features, labels, mode):
        """The model function of the estimator."""
        if isinstance(features, dict) and set(features) == {"features", "sample_weights"}:
            raise ValueError("Weights of samples do not reach a copied model: multiply by them in a loss of your own.")
        K.set_learning_phase(int(mode == tf.estimator.ModeKeys.TRAIN))
        if mode == tf.estimator.ModeKeys.PREDICT:
            made = self.copy(features)
            predictions = dict(zip(self.model.output_names, made.outputs))
            served = {"serving_default": tf.estimator.export.PredictOutput(predictions)}
            return tf.estimator.EstimatorSpec(mode, predictions, export_outputs=served)
        made = self.copy(features, labels)
        predictions = dict(zip(self.model.output_names, made.outputs))
        if mode == tf.estimator.ModeKeys.TRAIN:
            return tf.estimator.EstimatorSpec(mode, predictions, made.total_loss, _step(made))
        metrics = _metrics(made, tf.shape(made.outputs[0])[0])
        return tf.estimator.EstimatorSpec(mode, predictions, made.total_loss, eval_metric_ops=metrics)


def _ordered(given, names, what):
    """Tensors in the order of names: a tensor, a list or a dict of them."""
    if isinstance(given, dict):
        if set(given) != set(names):
            raise KeyError(f"The {what} must be named as in the model, {sorted(names)}; got {sorted(given)}")
        given = [given[name] for name in names]
    given = to_list(given, allow_tuple=True)
    if len(given) != len(names):
        raise ValueError(f"The model takes {len(names)} {what}, {names}; got {len(given)}")
    return [x if isinstance(x, tf.SparseTensor) else tf.convert_to_tensor(x) for x in given]


def _cast(x, dtype):
    return x if K.dtype(x) == dtype else tf.cast(x, dtype)


def _like(y, output):
    """Labels in the type of an output, and of its rank where one axis, of size 1, is missing."""
    y = _cast(y, K.dtype(output))
    return tf.expand_dims(y, -1) if K.ndim(y) == K.ndim(output) - 1 else y


def _step(model):
    """One step of training, which counts the global step."""
    step = tf.train.get_global_step()
    if isinstance(model.optimizer, optimizers.TFOptimizer):
        with tf.control_dependencies(model.updates):
            return model.optimizer.optimizer.minimize(model.total_loss, step, model.trainable_weights)
    with K.name_scope("training") if dialect.is_tf_keras() else contextlib.nullcontext():
        updates = model.optimizer.get_updates(loss=model.total_loss, params=model.trainable_weights)
    return tf.group(*(tf.assign(*one) if isinstance(one, tuple) else one for one in [*model.updates, *updates]))


def _metrics(model, batch_size):
    """The metrics of a model as pairs (value, update); batches count by their size."""
    size, found = tf.cast(batch_size, tf.float32), {}
    states = zip(model.stateful_metric_names, model.stateful_metric_functions)
    gathered = {name: metric for name, metric in states if isinstance(metric, metrics_module.Metric)}
    several = len(model.outputs) > 1
    of_losses = {f"{name}_loss" for name in model.output_names} if several else set()
    for name, value in zip(model.metrics_names[1:], model.metrics_tensors):
        if name in gathered:
            metric = gathered[name]
            for v in metric.variables:
                tf.add_to_collection(tf.GraphKeys.LOCAL_VARIABLES, v)
            found[name] = (metric.result(), tf.group(*metric.updates))
        elif name in model.stateful_metric_names:
            found[name] = (value, tf.group(*model.metrics_updates))
        elif name not in of_losses:
            found[name] = tf.metrics.mean(value, weights=size)
    return found


def _save_weights(original, config):
    """Writes the weights of the model to a checkpoint from which estimators in its folder start; returns its path."""
    folder = os.path.join(config.model_dir, "keras")
    found = tf.train.latest_checkpoint(folder)
    if found:
        return found
    os.makedirs(folder, exist_ok=True)
    with tf.Graph().as_default():
        K.set_learning_phase(1)
        made = original.copy()
        tf.train.create_global_step()
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            made.set_weights(original.weights)
            return tf.train.Saver(made.weights).save(session, os.path.join(folder, "keras_model.ckpt"))
