"""What a served model answers: predictions, classes with scores, or values, as signatures of a SavedModel."""

from __future__ import annotations

from graphflow._core import dtypes, log
from graphflow._graph import build, operation, tensor
from graphflow._graph import graph as graph_lib
from graphflow._train.saving.models import constants, signatures

SERVING_KEY = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class ExportOutput:
    """Base of what can become a signature."""

    def as_signature_def(self, receiver_tensors):
        """The SignatureDef for inputs `receiver_tensors`, a dict name -> tensor.

        Raises:
            ValueError: the inputs are not what this kind of signature takes.
        """
        raise NotImplementedError("as_signature_def: use one of the outputs in tf.estimator.export, or override it")


def _named(outputs, default, what):
    """A dict of tensors by text; tuples of texts become paths."""
    found = {}
    for key, value in (outputs if isinstance(outputs, dict) else {default: outputs}).items():
        key = "/".join(key) if isinstance(key, tuple) else key
        if not isinstance(key, str):
            raise ValueError(f"{what} output key must be a string; got {key}.")
        if not isinstance(value, tensor.Tensor):
            raise ValueError(f"{what} output value must be a Tensor; got {value}.")
        found[key] = value
    return found


def _examples(receiver_tensors, what):
    """The one string tensor that classification and regression read examples from."""
    given = list(receiver_tensors.values())
    if len(given) != 1 or given[0].dtype.base_dtype is not dtypes.string:
        raise ValueError(f"{what} input must be a single string Tensor; got {receiver_tensors}")
    return given[0]


class ClassificationOutput(ExportOutput):
    """Scores, float `[batch, classes]`, and classes, string `[batch, classes]`; one of the two may be None.

    Raises:
        ValueError: both are None, or of other types.
    """

    def __init__(self, scores=None, classes=None):
        if scores is not None and not (isinstance(scores, tensor.Tensor) and scores.dtype.is_floating):
            raise ValueError(f"Classification scores must be a float32 Tensor; got {scores}")
        if classes is not None and not (
            isinstance(classes, tensor.Tensor) and classes.dtype.base_dtype is dtypes.string
        ):
            raise ValueError(f"Classification classes must be a string Tensor; got {classes}")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self._scores, self._classes = scores, classes

    scores = property(lambda self: self._scores, doc="The scores, or None.")
    classes = property(lambda self: self._classes, doc="The classes, or None.")

    def as_signature_def(self, receiver_tensors):
        examples = _examples(receiver_tensors, "Classification")
        return signatures.classification_signature_def(examples, self.classes, self.scores)


class RegressionOutput(ExportOutput):
    """One float tensor; ValueError for anything else."""

    def __init__(self, value):
        if not (isinstance(value, tensor.Tensor) and value.dtype.is_floating):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value}")
        self._value = value

    value = property(lambda self: self._value, doc="The value.")

    def as_signature_def(self, receiver_tensors):
        return signatures.regression_signature_def(_examples(receiver_tensors, "Regression"), self.value)


class PredictOutput(ExportOutput):
    """A tensor, or a dict of tensors of any type."""

    def __init__(self, outputs):
        self._outputs = _named(outputs, "output", "Prediction")

    outputs = property(lambda self: self._outputs, doc="The outputs, a dict name -> tensor.")

    def as_signature_def(self, receiver_tensors):
        return signatures.predict_signature_def(receiver_tensors, self.outputs)


class SupervisedOutput(ExportOutput):
    """Loss, predictions and metrics of a graph that was built for training or evaluation."""

    def __init__(self, method_name, loss=None, predictions=None, metrics=None):
        self._method_name, self._tensors = method_name, {}
        for part, given in (("loss", loss), ("predictions", predictions)):
            if given is not None and given != {}:
                named = _named(given, part, part)
                self._tensors.update({_prefixed(key, part): value for key, value in named.items()})
        for key, (value, update) in (metrics or {}).items():
            if isinstance(update, operation.Operation):
                with graph_lib.get_default_graph().control_dependencies([update]):
                    update = build.constant([], name="metric_op_wrapper")
            key = _prefixed(key, "metrics")
            self._tensors.update({f"{key}/value": value, f"{key}/update_op": update})

    def as_signature_def(self, receiver_tensors):
        return signatures.build_signature_def(
            {name: signatures.build_tensor_info(t) for name, t in receiver_tensors.items()},
            {name: signatures.build_tensor_info(t) for name, t in self._tensors.items()},
            self._method_name,
        )


def _prefixed(key, part):
    return key if key.startswith(part) else f"{part}/{key}"


def completed(export_outputs, predictions):
    """The outputs of a served model with a default one: that of all predictions where none is given.

    Raises:
        TypeError: something is no ExportOutput. ValueError: there are several, and none is the default.
    """
    if export_outputs is None:
        return {SERVING_KEY: PredictOutput(predictions)}
    if not isinstance(export_outputs, dict):
        raise TypeError(f"export_outputs must be dict, given: {export_outputs}")
    if not all(isinstance(value, ExportOutput) for value in export_outputs.values()):
        raise TypeError(f"Values in export_outputs must be ExportOutput objects. Given: {export_outputs}")
    if len(export_outputs) == 1:
        export_outputs.setdefault(SERVING_KEY, *export_outputs.values())
    elif export_outputs and SERVING_KEY not in export_outputs:
        raise ValueError(
            "Multiple export_outputs were provided, but none of them is specified as the default.  Do this by naming one of "
            "them with signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY."
        )
    return export_outputs


def signature_defs(receiver_tensors, outputs, alternatives=None, serving_only=True):
    """All signatures that fit the inputs: name -> SignatureDef; those that do not are logged and left out.

    Args:
        receiver_tensors: dict name -> tensor, the inputs.
        outputs: dict name -> ExportOutput.
        alternatives: dict name -> other inputs; their signatures are named `alternative:output`.
        serving_only: leaves out what cannot be served.
    """
    found = {}
    for prefix, inputs in [
        ("", receiver_tensors),
        *((f"{key}:", value) for key, value in (alternatives or {}).items()),
    ]:
        inputs = inputs if isinstance(inputs, dict) else {"input": inputs}
        for key, output in outputs.items():
            try:
                found[f"{prefix}{key or 'None'}"] = output.as_signature_def(inputs)
            except ValueError as error:
                log.info("The signature %s%s is not exported: %s", prefix, key, error)
    if not found:
        log.warning("Export includes no signatures!")
    elif SERVING_KEY not in found:
        log.warning("Export includes no default signature!")
    return {k: v for k, v in found.items() if not serving_only or signatures.is_valid_signature(v)}
