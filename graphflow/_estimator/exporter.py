"""Exporters: which evaluations are followed by a SavedModel, and how many of them are kept."""

from __future__ import annotations

import os

from graphflow._core import errors, log
from graphflow._estimator import arguments
from graphflow._files import event_file, gfile


class Exporter:
    """Base of exporters: `name`, and `export`, called after each evaluation of `train_and_evaluate`."""

    @property
    def name(self):
        """The name of the folder in `export/`."""
        raise NotImplementedError("name: use an exporter of tf.estimator, or override it")

    def export(self, estimator, export_path, checkpoint_path, eval_result, is_the_final_export):
        """Writes a SavedModel into `export_path`, or not; returns its path or None."""
        raise NotImplementedError("export: use an exporter of tf.estimator, or override it")


class _SavedModelExporter(Exporter):
    def __init__(self, name, serving_input_receiver_fn, assets_extra=None, as_text=False):
        self._name, self._receiver_fn = name, serving_input_receiver_fn
        self._assets_extra, self._as_text = assets_extra, as_text

    @property
    def name(self):
        return self._name

    def _write(self, estimator, export_path, checkpoint_path):
        return estimator.export_saved_model(
            export_path, self._receiver_fn, self._assets_extra, self._as_text, checkpoint_path
        )


class FinalExporter(_SavedModelExporter):
    """Writes a SavedModel when training is over.

    Args:
        name: of the folder.
        serving_input_receiver_fn, assets_extra, as_text: as of `Estimator.export_saved_model`.
    """

    def export(self, estimator, export_path, checkpoint_path, eval_result, is_the_final_export):
        if not is_the_final_export:
            return None
        log.info("Performing the final export in the end of training.")
        return self._write(estimator, export_path, checkpoint_path)


class LatestExporter(_SavedModelExporter):
    """Writes a SavedModel after each evaluation, and keeps the newest.

    Args:
        exports_to_keep: how many; all when None.
    """

    def __init__(self, name, serving_input_receiver_fn, assets_extra=None, as_text=False, exports_to_keep=5):
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._keep = _checked_count(exports_to_keep)

    def export(self, estimator, export_path, checkpoint_path, eval_result, is_the_final_export):
        found = self._write(estimator, export_path, checkpoint_path)
        remove_old(export_path, self._keep)
        return found


def _loss_smaller(best_eval_result, current_eval_result):
    for result, name in ((best_eval_result, "best_eval_result"), (current_eval_result, "current_eval_result")):
        if not result or "loss" not in result:
            raise ValueError(f"{name} cannot be empty or no loss is found in it.")
    return best_eval_result["loss"] > current_eval_result["loss"]


class BestExporter(_SavedModelExporter):
    """Writes a SavedModel after each evaluation that is better than all before.

    Args:
        event_file_pattern: files below the model's folder that tell of earlier evaluations.
        compare_fn: a function `(best_eval_result, current_eval_result)`: whether the current one is better.
        exports_to_keep: how many; all when None.
    """

    def __init__(
        self, name="best_exporter", serving_input_receiver_fn=None, event_file_pattern="eval/*.tfevents.*",
        compare_fn=_loss_smaller, assets_extra=None, as_text=False, exports_to_keep=5,
    ):  # fmt: skip
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        if compare_fn is None:
            raise ValueError("`compare_fn` must not be None.")
        names = ("best_eval_result", "current_eval_result")
        arguments.check(compare_fn, "compare_fn", names, names)
        self._is_better, self._pattern, self._keep = compare_fn, event_file_pattern, _checked_count(exports_to_keep)
        self._model_dir = self._best = None

    def export(self, estimator, export_path, checkpoint_path, eval_result, is_the_final_export):
        if self._model_dir != estimator.model_dir and self._pattern:
            log.info("Loading best metric from event files.")
            self._model_dir = estimator.model_dir
            self._best = self._best_of(os.path.join(self._model_dir, self._pattern))
        if self._best is not None and not self._is_better(best_eval_result=self._best, current_eval_result=eval_result):
            return None
        log.info("Performing best model export.")
        self._best = eval_result
        found = self._write(estimator, export_path, checkpoint_path)
        remove_old(export_path, self._keep)
        return found

    def _best_of(self, pattern):
        best = None
        for path in gfile.Glob(pattern):
            for event in event_file.events(path):
                values = {v.tag: v.simple_value for v in event.summary.value if v.HasField("simple_value")}
                if values and (best is None or self._is_better(best, values)):
                    best = values
        return best


def _checked_count(exports_to_keep):
    if exports_to_keep is not None and exports_to_keep <= 0:
        raise ValueError(f"`exports_to_keep`, if provided, must be a positive number. Got {exports_to_keep}")
    return exports_to_keep


def remove_old(folder, keep):
    """Takes all but the newest exports away: folders named by a time."""
    if keep is None:
        return
    times = sorted(name for name in os.listdir(folder) if len(name) == 10 and name.isdigit())
    for name in times[:-keep]:
        path = os.path.join(folder, name)
        try:
            gfile.DeleteRecursively(path)
        except errors.NotFoundError as error:
            log.warning("Can not delete %s recursively: %s", path, error)
