"""Filtering and predicting with exported models of time series."""

from __future__ import annotations

from graphflow._estimator.timeseries import feature_keys, heads, inputs

_TIMES, _STATE = feature_keys.TrainEvalFeatures.TIMES, feature_keys.State.STATE_TUPLE
_LABELS = feature_keys.SavedModelLabels


def predict_continuation(continue_from, signatures, session, steps=None, times=None, exogenous_features=None):
    """What follows a result.

    Args:
        continue_from: what `evaluate`, or a function of this file, gave.
        signatures: the MetaGraphDef that `tf.saved_model.loader.load` gave; session: the one it was loaded into.
        steps, times, exogenous_features: as of `predict_continuation_input_fn`.

    Returns:
        dict name -> array, with `times`.
    """
    features = {_TIMES: inputs.continued_times(times, steps, continue_from), **(exogenous_features or {})}
    return _run(signatures, _LABELS.PREDICT, session, features, continue_from)


def cold_start_filter(signatures, session, features):
    """The state after observations from the series' start: dict name -> array, with `times`."""
    return _run(signatures, _LABELS.COLD_START_FILTER, session, inputs.canonical(features, needs_one=False), None)


def filter_continuation(continue_from, signatures, session, features):
    """The state after more observations, that follow a result: dict name -> array, with `times`."""
    features = inputs.canonical(features, needs_one=False)
    return _run(signatures, _LABELS.FILTER, session, features, continue_from)


def _run(signatures, label, session, features, continue_from):
    signature, graph, state = signatures.signature_def[label], session.graph, {}
    if continue_from is not None:
        has_tuple = _STATE in continue_from
        state = heads.state_to_dictionary(continue_from[_STATE]) if has_tuple else continue_from
    taken = {key: graph.as_graph_element(info.name) for key, info in signature.inputs.items()}
    given = {key: graph.as_graph_element(info.name) for key, info in signature.outputs.items()}
    fed = {taken[key]: value for key, value in {**state, **features}.items() if key in taken}
    found = session.run(given, feed_dict=fed)
    found[_TIMES] = features[_TIMES]
    return found
