"""For tf.keras, what a layer holds in its attributes belongs to it: layers, lists and dicts of them, and variables."""

import graphflow as tf

# Attributes that tell of a layer's place among others, not of its parts.
_OF_OTHERS = {"_inbound_nodes", "_outbound_nodes", "_layers", "_input_layers", "_output_layers", "callback_model"}


def layers_of(owner):
    """The layers in the attributes of a layer or model, in the order in which the attributes were set, each once."""
    found = {}
    for name, value in vars(owner).items():
        if name not in _OF_OTHERS:
            _collect(value, found)
    found.pop(id(owner), None)
    return list(found.values())


def _collect(value, found):
    if hasattr(value, "_inbound_nodes"):
        if not hasattr(value, "update_state"):  # a metric is asked for by itself
            found.setdefault(id(value), value)
    elif isinstance(value, list | tuple):
        for item in value:
            _collect(item, found)
    elif isinstance(value, dict):
        _collect(list(value.values()), found)


def variables_of(owner, known):
    """The variables in the attributes of a layer that are not among `known`."""
    known = {id(variable) for variable in known}
    return [v for v in vars(owner).values() if isinstance(v, tf.Variable) and id(v) not in known]
