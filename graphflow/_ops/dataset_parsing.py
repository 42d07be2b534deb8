"""Batches of serialized Examples as dicts of tensors."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import datasets, element_spec, parsing
from graphflow._ops import features as features_lib


def parse_example_dataset(features, num_parallel_calls=1):
    """For `Dataset.apply`: batches of serialized Examples become dicts of tensors.

    Args:
        features: as in `tf.io.parse_example`.
        num_parallel_calls: without effect.

    Raises:
        ValueError: there are no features. TypeError: the elements are no vectors of strings.
    """
    if features is None:
        raise ValueError("Missing: features was None.")
    return lambda dataset: _parsed(dataset, features, num_parallel_calls)


def _parsed(dataset, features, num_parallel_calls):
    given = dataset.element_spec
    if element_spec.is_nested(given) or not element_spec.TensorSpec((None,), dtypes.string).is_compatible_with(given):
        raise TypeError("Input dataset should be a dataset of vectors of strings")
    wanted = features_lib.Wanted(features, parsing.EXAMPLE, as_rows=True)
    defaults, batch = parsing.defaults_of(wanted), given._dims or (None,)
    spec = {}
    for key, (kind, dims) in wanted.dense.items():
        spec[key] = element_spec.TensorSpec(None if dims is None else (*batch, *dims), kind)
    spec.update((key, element_spec.SparseTensorSpec((*batch, None), kind)) for key, kind in wanted.sparse.items())
    with build.name_scope("ParseExampleDataset") as scope:
        calls = build.convert_to_tensor(num_parallel_calls, dtypes.int64, "num_parallel_calls")
        made = datasets.node(
            "ParseExampleDataset", spec, dataset._variant_tensor, calls, defaults, sparse_keys=list(wanted.sparse),
            dense_keys=list(wanted.dense), sparse_types=list(wanted.sparse.values()),
            dense_shapes=[dims for _, dims in wanted.dense.values()], inputs=(dataset,), name=scope,
        )  # fmt: skip
    if any(isinstance(feature, features_lib.SparseFeature) for feature in features.values()):
        made = made.map(lambda found: parsing.merged(features, found), num_parallel_calls)
    return made
