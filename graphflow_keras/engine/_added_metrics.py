"""Metrics that layers and models add themselves, with `add_metric`: training reports them beside the loss."""

import graphflow_keras
from graphflow_keras import backend as K


def add(layer, value, aggregation=None, name=None):
    """Notes a metric of a layer; called again by the same name, the next batch of values goes to the same metric.

    Args:
        value: a tensor, or the result of calling a metric object.
        aggregation: "mean" for a tensor: its mean over all batches is reported.
        name: the name of a tensor's metric.

    Raises:
        ValueError: a tensor without name or aggregation, or another aggregation.
    """
    if aggregation not in (None, "mean"):
        raise ValueError(
            f"We currently support only `mean` sample-wise metric aggregation. You provided aggregation=`{aggregation}`"
        )
    metric = getattr(value, "_metric_obj", None)
    if metric is None:
        if aggregation is None:
            raise ValueError(
                "`aggregation` must be specified when passing tensors to `add_metric`: "
                "`add_metric(x, name=..., aggregation='mean')`"
            )
        if name is None:
            raise ValueError("`name` is required to be specified when passing tensors to `add_metric`")
        known = {metric.name: metric for metric, _ in _own(layer)}
        metric = known.get(name) or graphflow_keras.metrics.Mean(name=name)
        value = metric(value)
    layer.__dict__.setdefault("_added_metrics", []).append((metric, value))


def found_in(layer):
    """Pairs (metric, its value) of a layer and of all that it is made of."""
    found = list(_own(layer))
    for part in layer.layers if hasattr(layer, "layers") else layer._held_layers():
        found += found_in(part)
    return [(metric, value) for metric, value in found if K.is_tensor(value)]


def _own(layer):
    return layer.__dict__.get("_added_metrics", ())
