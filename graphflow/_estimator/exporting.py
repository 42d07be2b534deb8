"""Writing the SavedModel of an estimator."""

from __future__ import annotations

import os
import shutil
import time

from graphflow._core import errors, log
from graphflow._estimator import export_outputs, model_fn
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import seeds
from graphflow._runtime import session as session_lib
from graphflow._train.saving import saver
from graphflow._train.saving.models import builder as builder_lib
from graphflow._train.saving.models import constants
from graphflow._train.sessions import scaffold as scaffold_lib

_MODES = model_fn.ModeKeys
_TAGS = {_MODES.TRAIN: constants.TRAINING, _MODES.EVAL: constants.EVAL, _MODES.PREDICT: constants.SERVING}
_SUPERVISED = {
    _MODES.TRAIN: ("train", "tensorflow/supervised/training"),
    _MODES.EVAL: ("eval", "tensorflow/supervised/eval"),
}
_ATTEMPTS = 10


def export(estimator, export_dir_base, receiver_fns, checkpoint_path, assets_extra, as_text, strip_default_attrs):
    """Writes the graphs of some modes, with one set of variables, to a new folder; returns its path as bytes.

    Args:
        receiver_fns: dict mode -> function that returns a receiver.

    Raises:
        ValueError: there is no mode, or the checkpoint lacks a variable.
    """
    modes = [mode for mode in _TAGS if receiver_fns.get(mode)]
    if not modes:
        raise ValueError(f"No valid modes for exporting found. Got {receiver_fns.keys()}.")
    folder = _new_folder(export_dir_base)
    unfinished = os.path.join(os.path.dirname(folder), "temp-" + os.path.basename(folder))
    builder = builder_lib.SavedModelBuilder(unfinished)
    for mode in modes:
        _add_mode(estimator, builder, receiver_fns[mode], checkpoint_path, mode, strip_default_attrs, mode == modes[0])
    builder.save(as_text)
    for name, source in (assets_extra or {}).items():
        target = os.path.join(unfinished, "assets.extra", name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
    os.rename(unfinished, folder)
    return folder.encode()


def _new_folder(base):
    """A path that is not taken, named by the time."""
    base = base.decode() if isinstance(base, bytes) else os.fspath(base)
    for attempt in range(_ATTEMPTS):
        path = os.path.join(base, str(int(time.time())))
        if not os.path.exists(path):
            return path
        log.warning("Directory %s already exists; retrying (attempt %d/%d)", path, attempt + 1, _ATTEMPTS)
        time.sleep(1)
    raise RuntimeError(f"Failed to obtain a unique export directory name after {_ATTEMPTS} attempts.")


def _add_mode(estimator, builder, receiver_fn, checkpoint_path, mode, strip_default_attrs, with_variables):
    graph = graph_lib.Graph()
    with graph.as_default():
        estimator._create_and_assert_global_step(graph)
        seeds.set_random_seed(estimator._config.tf_random_seed)
        receiver = receiver_fn()
        labels = getattr(receiver, "labels", None)
        spec = estimator._call_model_fn(receiver.features, labels, mode, estimator.config)
        signatures = export_outputs.signature_defs(
            receiver.receiver_tensors, _outputs(spec), getattr(receiver, "receiver_tensors_alternatives", None),
            serving_only=mode == _MODES.PREDICT,
        )  # fmt: skip
        with session_lib.Session(config=estimator._session_config) as session:
            local_init = spec.scaffold.local_init_op
            if local_init is None:
                local_init = scaffold_lib.Scaffold.default_local_init_op()
            graph_saver = spec.scaffold.saver or saver.Saver(sharded=True)
            _restore(graph_saver, session, checkpoint_path, mode)
            if spec.train_op is not None:
                graph.add_to_collection(constants.TRAIN_OP_KEY, spec.train_op)
            options = {
                "tags": [_TAGS[mode]], "signature_def_map": signatures, "main_op": local_init, "saver": graph_saver,
                "assets_collection": graph.get_collection(keys.GraphKeys.ASSET_FILEPATHS),
                "strip_default_attrs": strip_default_attrs,
            }  # fmt: skip
            if with_variables:
                builder.add_meta_graph_and_variables(session, **options)
            else:
                builder.add_meta_graph(**options)


def _restore(graph_saver, session, path, mode):
    try:
        graph_saver.restore(session, path)
    except errors.NotFoundError as error:
        raise ValueError(
            "Could not load all requested variables from checkpoint. Please make sure your model_fn does not expect variables "
            f"that were not saved in the checkpoint.\n\nMode `{mode}`, checkpoint `{path}`: {error}"
        ) from error


def _outputs(spec):
    if spec.mode == _MODES.PREDICT:
        return export_outputs.completed(spec.export_outputs, spec.predictions)
    key, method = _SUPERVISED[spec.mode]
    return {key: export_outputs.SupervisedOutput(method, spec.loss, spec.predictions, spec.eval_metric_ops)}


def export_saved_model_for_mode(
    estimator, export_dir_base, input_receiver_fn, assets_extra=None, as_text=False, checkpoint_path=None,
    mode=_MODES.PREDICT,
):  # fmt: skip
    """`estimator.export_saved_model` of one mode; arguments as there."""
    return estimator.export_saved_model(
        export_dir_base, input_receiver_fn, assets_extra, as_text, checkpoint_path, experimental_mode=mode
    )


def export_all_saved_models(
    estimator, export_dir_base, input_receiver_fn_map, assets_extra=None, as_text=False, checkpoint_path=None
):  # fmt: skip
    """`estimator.experimental_export_all_saved_models`; arguments as there."""
    return estimator.experimental_export_all_saved_models(
        export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path
    )
