"""Rules of `_ops/candidates.py`: draws of classes, on the host since how often they try again is not known."""

from __future__ import annotations

import numpy as np

from graphflow._lowering import philox, random_candidates, rule

_BECAUSE = "it draws until it has enough different classes"


def _start(ctx, op):
    """(seed, seed2, block to start from)."""
    reserved = philox.RESERVED_BLOCKS[op.type]((op.attrs["num_sampled"],))
    return op.attrs["seed"], op.attrs["seed2"], ctx.counter(op, reserved)


def _drawn(sample):
    def emit(ctx, op, true_classes):
        count, unique, size = (op.attrs[key] for key in ("num_sampled", "unique", "range_max"))
        return tuple(sample(*_start(ctx, op), true_classes, count, unique, size))

    return rule.Host(emit, because=_BECAUSE, draws=True)


def _learned(ctx, op, true_classes):
    key = op.name, "how often each class was seen"
    weights = ctx.resources.get(key)
    if weights is None:
        weights = np.ones(op.attrs["range_max"], np.int32)
    found, ctx.resources[key] = random_candidates.learned_unigram_candidates(
        *_start(ctx, op), true_classes, op.attrs["num_sampled"], op.attrs["unique"], weights
    )
    return tuple(found)


def _fixed(ctx, op, true_classes):
    attrs, key = op.attrs, (op.name, "table of classes")
    if key not in ctx.resources:
        path = attrs["vocab_file"].decode()
        weights = random_candidates.read_unigrams(path) if path else attrs["unigrams"]
        ctx.resources[key] = random_candidates.unigram_table(
            weights, attrs["distortion"], attrs["num_reserved_ids"], attrs["num_shards"], attrs["shard"]
        )
    found = random_candidates.fixed_unigram_candidates(
        *_start(ctx, op), true_classes, attrs["num_sampled"], attrs["unique"], ctx.resources[key]
    )
    return tuple(found)


def _all(ctx, op, true_classes):
    return tuple(random_candidates.all_candidates(true_classes, op.attrs["num_sampled"]))


def _accidental_hits(ctx, op, true_classes, sampled):
    place = {value: i for i, value in enumerate(sampled.tolist())}
    hits = [(row, place[c]) for row, classes in enumerate(true_classes.tolist()) for c in classes if c in place]
    rows, places = np.array(hits, np.int64).reshape(-1, 2).T
    return rows.astype(np.int32), places, np.full(len(hits), -np.finfo(np.float32).max)


RULES = {
    "UniformCandidateSampler": _drawn(random_candidates.uniform_candidates),
    "LogUniformCandidateSampler": _drawn(random_candidates.log_uniform_candidates),
    "LearnedUnigramCandidateSampler": rule.Host(_learned, because=_BECAUSE, draws=True),
    "ThreadUnsafeUnigramCandidateSampler": rule.Host(_learned, because=_BECAUSE, draws=True),
    "FixedUnigramCandidateSampler": rule.Host(_fixed, because=_BECAUSE, draws=True),
    "AllCandidateSampler": rule.Host(_all, because="its kin are"),
    "ComputeAccidentalHits": rule.Host(_accidental_hits, because="how many hits there are depends on the values"),
}
