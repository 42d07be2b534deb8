"""What `tf.contrib.learn` served models with: InputFnOps, and strategies of when and how to export."""

from __future__ import annotations

import collections

from graphflow._estimator import arguments, exporter, receivers
from graphflow._estimator import estimator as core


class InputFnOps(collections.namedtuple("InputFnOps", ["features", "labels", "default_inputs"])):
    """What a serving input function returns: features, labels (None) and what a request feeds, dicts of tensors."""

    __slots__ = ()

    @property
    def receiver_tensors(self):
        """What a request feeds, under its later name."""
        return self.default_inputs


def build_parsing_serving_input_fn(feature_spec, default_batch_size=None):
    """A function that receives serialized `tf.Example`s `[batch]` and parses them by `feature_spec`."""
    return _as_input_fn(receivers.build_parsing_serving_input_receiver_fn(feature_spec, default_batch_size))


def build_default_serving_input_fn(features, default_batch_size=None):
    """A function that receives features as they are: placeholders like the tensors of a dict."""
    return _as_input_fn(receivers.build_raw_serving_input_receiver_fn(features, default_batch_size))


def _as_input_fn(receiver_fn):
    def input_fn():
        found = receiver_fn()
        return InputFnOps(found.features, None, found.receiver_tensors)

    return input_fn


class ExportStrategy(
    collections.namedtuple("ExportStrategy", ["name", "export_fn", "strip_default_attrs"], defaults=[None])
):  # fmt: skip
    """How a model is exported.

    Args:
        name: of the folder in `export/`.
        export_fn: a function `(estimator, export_path[, checkpoint_path, eval_result, strip_default_attrs])` that returns the
            path of what it wrote.
        strip_default_attrs: passed on.
    """

    __slots__ = ()

    def export(self, estimator, export_path, checkpoint_path=None, eval_result=None):
        """Calls the function with what it takes; ValueError where it wants results without their checkpoint."""
        names = arguments.names_of(self.export_fn)
        if "eval_result" in names and "checkpoint_path" not in names:
            raise ValueError("An export_fn accepting eval_result must also accept checkpoint_path.")
        offered = {
            "checkpoint_path": checkpoint_path, "eval_result": eval_result, "strip_default_attrs": self.strip_default_attrs,
        }  # fmt: skip
        return self.export_fn(estimator, export_path, **arguments.chosen(self.export_fn, **offered))


def make_export_strategy(
    serving_input_fn, default_output_alternative_key=None, assets_extra=None, as_text=False, exports_to_keep=5,
    strip_default_attrs=None,
):  # fmt: skip
    """A strategy that writes SavedModels and keeps the newest; arguments as of `export_savedmodel`.

    Raises:
        ValueError, at the export: `default_output_alternative_key` for a `tf.estimator.Estimator`.
    """

    def export_fn(estimator, export_path, checkpoint_path=None, strip_default_attrs=False):
        options = {
            "assets_extra": assets_extra, "as_text": as_text, "checkpoint_path": checkpoint_path,
            "strip_default_attrs": bool(strip_default_attrs),
        }  # fmt: skip
        if not isinstance(estimator, core.Estimator):
            options["default_output_alternative_key"] = default_output_alternative_key
        elif default_output_alternative_key is not None:
            raise ValueError(
                "default_output_alternative_key is not supported in core Estimator. Given: "
                f"{default_output_alternative_key}"
            )
        found = estimator.export_savedmodel(export_path, serving_input_fn, **options)
        exporter.remove_old(export_path, exports_to_keep)
        return found

    return ExportStrategy("Servo", export_fn, strip_default_attrs)
