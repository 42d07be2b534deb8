"""Weights in TensorFlow's own files: checkpoints of objects, and SavedModels that a model comes back from."""

import os

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.engine import saving
from graphflow_keras.utils.io_utils import ask_to_proceed_with_overwrite

_HDF5_ENDINGS = (".h5", ".keras", ".hdf5")
_JSON = ("assets", "saved_model.json")  # beside what every SavedModel has
_VARIABLES = ("variables", "variables")  # what TensorFlow wrote may hold the weights by their places in the model
_WEIGHTS = ("variables", "weights")  # where ours are kept so: by their names they fit only a graph with nothing else


def is_checkpoint_format(filepath, save_format, default="h5"):
    """Whether weights go to a checkpoint rather than an HDF5 file.

    Args:
        filepath: where to.
        save_format: "tf", "h5" or None: as the file's ending says, and without one `default`.

    Raises:
        ValueError: another format, or one that the file's ending contradicts.
    """
    ends_as_hdf5 = str(filepath).endswith(_HDF5_ENDINGS)
    if save_format is None:
        return default == "tf" and not ends_as_hdf5
    if save_format.lower() in ("tensorflow", "tf"):
        if ends_as_hdf5:
            raise ValueError(
                f'save_weights got save_format="tf", but the file {filepath!r} has the name of an HDF5 file: leave the '
                'ending out, or write save_format="h5"'
            )
        return True
    if save_format.lower() not in ("hdf5", "h5", "keras"):
        raise ValueError(f'Unknown format {save_format!r}: it is "tf" or "h5"')
    return False


def save(model, filepath, overwrite=True):
    """Writes the weights to a checkpoint of this name, and the file `checkpoint` beside it."""
    if not overwrite and tf.train.checkpoint_exists(filepath) and not ask_to_proceed_with_overwrite(filepath):
        return
    filepath = os.fspath(filepath)
    _tracked(model).write(filepath, session=K.get_session())
    tf.train.update_checkpoint_state(os.path.dirname(filepath) or ".", os.path.basename(filepath))


def load(model, filepath):
    """Reads the weights from a checkpoint.

    Raises:
        ValueError: it lacks some of them.
    """
    status = _tracked(model).restore(os.fspath(filepath))
    try:
        status.assert_existing_objects_matched()
    except AssertionError as error:
        raise ValueError(f"The weights of {model.name} are not all in {filepath}: {error}") from None
    status.run_restore_ops(K.get_session())


def _tracked(model):
    """A model's layers with weights under the names that tf.keras gives them in its checkpoints."""
    layers = [layer for layer in model.layers if layer.weights]
    return tf.train.Checkpoint(
        **{f"layer_with_weights-{i}": _tracked(x) if hasattr(x, "layers") else x for i, x in enumerate(layers)}
    )


def export_saved_model(
    model, saved_model_path, custom_objects=None, as_text=False, input_signature=None, serving_only=False
):
    """Writes a SavedModel to serve a model from, which `load_from_saved_model` makes a model of again.

    Args:
        model: a built Sequential or functional model.
        saved_model_path: a folder, which must not exist or be empty.
        custom_objects, input_signature: None; there is one graph, and the model in it.
        as_text: bool, write `saved_model.pbtxt` rather than `saved_model.pb`.
        serving_only: bool, leave out what `load_from_saved_model` needs.

    Raises:
        ValueError: the model is not built, or defines its own `call` and is not for serving only.
    """
    if not model.built:
        raise ValueError(
            f"The model {model.name} has no weights yet: call it on inputs, or build(), before it is saved"
        )
    if not serving_only and not model._is_graph_network:
        raise ValueError(
            f"The model {model.name} defines its own `call`: it can only be exported with serving_only=True"
        )
    session = K.get_session()
    builder = tf.saved_model.builder.SavedModelBuilder(saved_model_path)
    signature = tf.saved_model.predict_signature_def(
        dict(zip(model.input_names, model.inputs)), dict(zip(model.output_names, model.outputs))
    )
    with session.graph.as_default():
        builder.add_meta_graph_and_variables(
            session,
            [tf.saved_model.tag_constants.SERVING],
            {tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        )
    builder.save(as_text)
    if serving_only:
        return
    _tracked(model).write(os.path.join(saved_model_path, *_WEIGHTS), session=session)
    os.makedirs(os.path.join(saved_model_path, _JSON[0]), exist_ok=True)
    with open(os.path.join(saved_model_path, *_JSON), "w", encoding="utf-8") as file:
        file.write(model.to_json())


def load_from_saved_model(saved_model_path, custom_objects=None):
    """The model, with its weights but not compiled, that `export_saved_model` wrote, here or in TensorFlow.

    Args:
        saved_model_path: the folder.
        custom_objects: dict, name -> class or function, for layers and functions of one's own.
    """
    with open(os.path.join(saved_model_path, *_JSON), encoding="utf-8") as file:
        model = saving.model_from_json(file.read(), custom_objects)
    own = os.path.join(saved_model_path, *_WEIGHTS)
    load(model, own if tf.train.checkpoint_exists(own) else os.path.join(saved_model_path, *_VARIABLES))
    return model
