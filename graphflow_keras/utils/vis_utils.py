"""Pictures of models, drawn here: neither pydot nor Graphviz is needed."""

import os

from graphflow import viz
from graphflow_keras import _signatures
from graphflow_keras.utils._model_picture import Box, ModelPicture


@_signatures.also_takes("expand_nested", "dpi", "subgraph")
def model_to_dot(
    model, show_shapes=False, show_layer_names=True, rankdir="TB", expand_nested=False, dpi=96, subgraph=False
):
    """The picture of a model: a box for each layer, an arrow for each call.

    Args:
        model: a built model; a `Sequential` that can be is built.
        show_shapes: bool, whether boxes tell the shapes that go in and come out.
        show_layer_names: bool, whether boxes tell the names of layers, beside their classes.
        rankdir: "TB" from top to bottom, "LR" from left to right.
        expand_nested, subgraph: bools, must be False: models within a model are drawn as one box.
        dpi: int, of no importance to a drawing of lines.

    Returns:
        a `ModelPicture`: `to_string()` is its text in the DOT language, `create(format="svg")` the picture itself.

    Raises:
        ValueError: another `rankdir`, or a model that has no graph of layers yet.
    """
    _signatures.refuse(
        "model_to_dot",
        "a model within the model is one box; draw it by itself, or all its operations: plot_model(model, 'model.html')",
        expand_nested=expand_nested,
        subgraph=subgraph,
    )
    if rankdir not in ("TB", "LR"):
        raise ValueError(f'`rankdir` is "TB" (from top to bottom) or "LR" (from left to right), not {rankdir!r}')
    if not model.built and hasattr(model, "build") and model.layers:
        model.build()
    nodes = getattr(model, "_network_nodes", None)
    if not nodes:
        raise ValueError(
            f"The model {model.name!r} has no graph of layers to draw: a Sequential needs the shape of its input, "
            "and a subclassed model calls its layers in Python"
        )
    calls = [
        (source, layer)
        for layer in model.layers
        for i, node in enumerate(layer._inbound_nodes)
        if f"{layer.name}_ib-{i}" in nodes
        for source in node.inbound_layers
    ]
    shown = list(dict.fromkeys([*(source for source, _ in calls if source not in model.layers), *model.layers]))
    place = {layer: i for i, layer in enumerate(shown)}
    edges = dict.fromkeys((place[source], place[layer]) for source, layer in calls)
    boxes = [_box(layer, show_shapes, show_layer_names) for layer in shown]
    return ModelPicture(model.name, boxes, list(edges), rankdir)


def _box(layer, show_shapes, show_layer_names):
    name, kind = layer.name, type(layer).__name__
    inner = getattr(layer, "layer", None)  # of a wrapper
    if inner is not None:
        name, kind = f"{name}({inner.name})", f"{kind}({type(inner).__name__})"
    shapes = ()
    if show_shapes:
        shapes = (("input:", _shape_text(layer, "input_shape")), ("output:", _shape_text(layer, "output_shape")))
    return Box(layer.name, f"{name}: {kind}" if show_layer_names else kind, shapes, _colour_of(layer))


def _shape_text(layer, attribute):
    """The shape, or shapes, of a layer; "multiple" where its calls differ."""
    try:
        return str(getattr(layer, attribute))
    except AttributeError:
        return "multiple"


def _colour_of(layer):
    if type(layer).__name__ == "InputLayer":
        return "input"
    if hasattr(layer, "layers"):
        return "model"
    return "weights" if layer.weights else "plain"


@_signatures.also_takes("expand_nested", "dpi")
def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=96,
):
    """Draws a model into a file.

    Args:
        to_file: path, whose ending tells the form: .svg, .dot, or, through matplotlib, .png, .pdf, .jpg; .html is a page of the
            operations that the layers are made of, as `graphflow.viz.save` writes it.
        The others are those of `model_to_dot`.

    Raises:
        ImportError: matplotlib is needed and not installed.
        ValueError: an unknown form.
    """
    picture = model_to_dot(model, show_shapes, show_layer_names, rankdir, expand_nested)
    to_file = os.fspath(to_file)
    if to_file.endswith(".html"):
        viz.save(model, to_file)
        return
    picture.write(to_file, format=os.path.splitext(to_file)[1][1:] or "png")
