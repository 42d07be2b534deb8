"""Predictors: a SavedModel as a function of a dict of arrays."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._runtime import session as session_lib
from graphflow._train.saving.models import constants, loader


class Predictor:
    """`predictor({"x": array})` gives a dict of arrays.

    Attributes:
        graph, session: where it runs. feed_tensors, fetch_tensors: name -> tensor.
    """

    def __init__(self, graph, session, feed_tensors, fetch_tensors):
        self.graph, self.session = graph, session
        self.feed_tensors, self.fetch_tensors = feed_tensors, fetch_tensors

    def __call__(self, input_dict):
        unknown = sorted(set(input_dict) - set(self.feed_tensors))
        if unknown:
            raise ValueError(f"Got unexpected keys in input_dict: {unknown}; expected: {sorted(self.feed_tensors)}")
        fed = {self.feed_tensors[name]: value for name, value in input_dict.items()}
        return self.session.run(self.fetch_tensors, feed_dict=fed)

    def __repr__(self):
        return f"Predictor with feed tensors {self.feed_tensors} and fetch_tensors {self.fetch_tensors}"


def from_saved_model(
    export_dir, signature_def_key=None, signature_def=None, input_names=None, output_names=None, tags=None, graph=None,
    config=None,
):  # fmt: skip
    """A Predictor of a SavedModel.

    Args:
        signature_def_key: which signature; "serving_default" when None.
        signature_def: one in place of the model's.
        input_names, output_names: {name: name of a tensor}, both in place of a signature.
        tags: of the graph, separated by commas; "serve" when None.
        graph, config: for the session.

    Raises:
        ValueError: more than one way was chosen, or there is no such signature.
    """
    if (input_names is None) != (output_names is None):
        raise ValueError("input_names and output_names must both be specified or both be unspecified.")
    if sum(given is not None for given in (signature_def_key, signature_def, input_names)) > 1:
        raise ValueError("Specify only one of signature_def_key, signature_def and input_names with output_names")
    graph = graph or graph_lib.Graph()
    with graph.as_default():
        session = session_lib.Session(graph=graph, config=config)
        meta = loader.load(session, (tags or constants.SERVING).split(","), export_dir)
    if input_names is None:
        key = signature_def_key or constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        if signature_def is None and key not in meta.signature_def:
            raise ValueError(f"Got signature_def_key {key!r}. Available signatures are {sorted(meta.signature_def)}.")
        signature = meta.signature_def[key] if signature_def is None else signature_def
        input_names = {name: info.name for name, info in signature.inputs.items()}
        output_names = {name: info.name for name, info in signature.outputs.items()}
    feed, fetch = (
        {name: graph.get_tensor_by_name(t) for name, t in names.items()} for names in (input_names, output_names)
    )
    return Predictor(graph, session, feed, fetch)
