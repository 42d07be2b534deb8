"""Candidate samplers: a few classes drawn in place of all of them, for losses over many classes."""

from __future__ import annotations

import collections

from graphflow._graph import build, op_def
from graphflow._ops import seeds

_SAMPLERS = (
    "AllCandidateSampler", "UniformCandidateSampler", "LogUniformCandidateSampler", "LearnedUnigramCandidateSampler",
    "ThreadUnsafeUnigramCandidateSampler", "FixedUnigramCandidateSampler",
)  # fmt: skip


CandidateSamples = collections.namedtuple(
    "CandidateSamples", ["sampled_candidates", "true_expected_count", "sampled_expected_count"]
)
AccidentalHits = collections.namedtuple("AccidentalHits", ["indices", "ids", "weights"])


def _sampled(op_type, true_classes, seed, name, **attrs):
    first, second = seeds.get_seed(seed)
    return CandidateSamples(*build.apply(op_type, true_classes, seed=first or 0, seed2=second or 0, name=name, **attrs))


def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Classes drawn uniformly from [0, range_max).

    Args:
        true_classes: int64 `[batch, num_true]`, the classes that are right.
        num_sampled: how many to draw.
        unique: whether no class may come twice.

    Returns:
        (classes `[num_sampled]`, how often each right class is expected among them `[batch, num_true]`, and each drawn one).
    """
    return _sampled(
        "UniformCandidateSampler", true_classes, seed, name, num_true=num_true, num_sampled=num_sampled, unique=unique,
        range_max=range_max,
    )  # fmt: skip


def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Classes drawn with probability log((c + 2) / (c + 1)) / log(range_max + 1), for classes sorted by how often they occur."""
    return _sampled(
        "LogUniformCandidateSampler", true_classes, seed, name, num_true=num_true, num_sampled=num_sampled, unique=unique,
        range_max=range_max,
    )  # fmt: skip


def learned_unigram_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Classes drawn as often as they were seen among the right ones so far."""
    return _sampled(
        "LearnedUnigramCandidateSampler", true_classes, seed, name, num_true=num_true, num_sampled=num_sampled,
        unique=unique, range_max=range_max,
    )  # fmt: skip


def fixed_unigram_candidate_sampler(
    true_classes, num_true, num_sampled, unique, range_max, vocab_file="", distortion=1.0, num_reserved_ids=0, num_shards=1,
    shard=0, unigrams=(), seed=None, name=None,
):  # fmt: skip
    """Classes drawn with given weights, from `unigrams` or the last column of `vocab_file`, to the power `distortion`."""
    return _sampled(
        "FixedUnigramCandidateSampler", true_classes, seed, name, num_true=num_true, num_sampled=num_sampled, unique=unique,
        range_max=range_max, vocab_file=vocab_file, distortion=distortion, num_reserved_ids=num_reserved_ids,
        num_shards=num_shards, shard=shard, unigrams=list(unigrams),
    )  # fmt: skip


def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """All classes, [0, num_sampled)."""
    return _sampled(
        "AllCandidateSampler", true_classes, seed, name, num_true=num_true, num_sampled=num_sampled, unique=unique
    )


@op_def.shape_rule(*_SAMPLERS)
def _sampled_shape(op):
    true = op.inputs[0]._dims
    if true is not None and len(true) != 2:
        raise build.shape_error(op, f"Shape must be rank 2 but is rank {len(true)}")
    count = (op.attrs["num_sampled"],)
    return [count, (None if true is None else true[0], op.attrs["num_true"]), count]


def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """Where a drawn class is a right one: (row of `true_classes`, place among the drawn ones, -FLOAT_MAX), one of each a hit."""
    first, second = seeds.get_seed(seed)
    return AccidentalHits(*build.apply(
        "ComputeAccidentalHits", true_classes, sampled_candidates, num_true=num_true, seed=first or 0, seed2=second or 0,
        name=name,
    ))  # fmt: skip


@op_def.shape_rule("ComputeAccidentalHits")
def _hits_shape(op):
    return [(None,), (None,), (None,)]


op_def.not_differentiable(*_SAMPLERS, "ComputeAccidentalHits", because="a choice of classes does not vary smoothly")
