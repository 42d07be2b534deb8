"""Predictors of estimators: a model with the weights of its latest checkpoint, as a function of a dict of arrays."""

from __future__ import annotations

from graphflow._contrib import predictor
from graphflow._estimator import estimator as core
from graphflow._estimator import export_outputs
from graphflow._estimator import model_fn as model_fn_lib
from graphflow._estimator.learn import estimator as learn_estimator
from graphflow._estimator.learn import model_fn_ops
from graphflow._graph import graph as graph_lib
from graphflow._train.saving import state_file
from graphflow._train.sessions import monitored


def from_estimator(estimator, serving_input_receiver_fn, output_key=None, graph=None, config=None):
    """A Predictor of an Estimator.

    Args:
        estimator: a `tf.estimator.Estimator`.
        serving_input_receiver_fn: a function that returns a ServingInputReceiver.
        output_key: which of its outputs; "serving_default" when None.
        graph, config: for the session.

    Raises:
        TypeError: an estimator of `tf.contrib.learn`. KeyError: there is no such output.
    """
    if isinstance(estimator, learn_estimator.Estimator):
        raise TypeError(
            "Expected estimator to be of type tf.estimator.Estimator, but got type tf.contrib.learn.Estimator. You likely want "
            "to call from_contrib_estimator."
        )
    return _predictor(estimator, serving_input_receiver_fn, output_key, graph, config)


def from_contrib_estimator(
    estimator, prediction_input_fn, input_alternative_key=None, output_alternative_key=None, graph=None, config=None
):  # fmt: skip
    """A Predictor of a `tf.contrib.learn.Estimator`.

    Args:
        prediction_input_fn: a function that returns InputFnOps.
        input_alternative_key: without effect.
        output_alternative_key: which of its outputs; the only one when None.
        graph, config: for the session.

    Raises:
        TypeError: an estimator of another kind.
    """
    if isinstance(estimator, core.Estimator):
        raise TypeError(
            "Expected estimator to be of type tf.contrib.learn.Estimator, but got type tf.estimator.Estimator. You likely want "
            "to call from_estimator."
        )
    key = None if output_alternative_key is None else model_fn_ops.served_key(output_alternative_key)
    return _predictor(estimator._core, prediction_input_fn, key, graph, config)


def _predictor(estimator, receiver_fn, output_key, graph, config):
    graph = graph or graph_lib.Graph()
    with graph.as_default():
        receiver = receiver_fn()
        estimator._create_and_assert_global_step(graph)
        spec = estimator._call_model_fn(receiver.features, None, model_fn_lib.ModeKeys.PREDICT, estimator.config)
        key, served = output_key or export_outputs.SERVING_KEY, spec.export_outputs
        if key not in served:
            raise KeyError(f"output_key must be one of {list(served)}; got {output_key}")
        signature = served[key].as_signature_def(receiver.receiver_tensors)
        latest = state_file.latest_checkpoint(estimator.model_dir)
        creator = monitored.ChiefSessionCreator(spec.scaffold, config=config, checkpoint_filename_with_path=latest)
        session = monitored.MonitoredSession(creator)
    feed, fetch = (
        {name: graph.get_tensor_by_name(info.name) for name, info in infos.items()}
        for infos in (signature.inputs, signature.outputs)
    )
    return predictor.Predictor(graph, session, feed, fetch)
