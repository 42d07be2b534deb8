"""The decoders of `_ops/ctc.py`, in NumPy: the best class of each step, and a beam search over prefixes."""

from __future__ import annotations

import heapq

import numpy as np

from graphflow._core import errors

_NEVER = np.float32(-np.inf)


def greedy(ctx, op, inputs, length):
    """(indices, values, shape, minus the sum of the best logits) for `inputs` `[time, batch, classes]`."""
    _check(op, inputs, length)
    blank = inputs.shape[2] - 1
    paths, scores = [], []
    for b, steps in enumerate(length):
        best = inputs[:steps, b].argmax(axis=1)
        scores.append(-inputs[:steps, b].max(axis=1).sum() if steps else 0)
        kept = best != blank
        if op.attrs["merge_repeated"]:
            kept[1:] &= best[1:] != best[:-1]
        paths.append(best[kept].tolist())
    return (*_sparse(paths), np.asarray(scores, inputs.dtype)[:, None])


def beam_search(ctx, op, inputs, length):
    """(indices ..., values ..., shapes ..., log probabilities) of the `top_paths` likeliest sequences."""
    _check(op, inputs, length)
    wanted, width = op.attrs["top_paths"], op.attrs["beam_width"]
    if wanted > width:
        raise errors.InvalidArgumentError(None, op, f"top_paths ({wanted}) may not be more than beam_width ({width})")
    rows, scores = [], []
    for b, steps in enumerate(length):
        found = _Search(inputs.shape[2], width).run(inputs[:steps, b].astype(np.float32))
        if len(found) < wanted:
            raise errors.InvalidArgumentError(None, op, "Less leaves in the beam search than requested.")
        rows.append([_merged(path) if op.attrs["merge_repeated"] else path for path, _ in found[:wanted]])
        scores.append([score for _, score in found[:wanted]])
    parts = [_sparse(paths) for paths in zip(*rows)] or [_sparse([])] * wanted
    scores = np.asarray(scores, inputs.dtype).reshape(len(length), wanted)
    return (*[part for kind in zip(*parts) for part in kind], scores)


def _check(op, inputs, length):
    if inputs.shape[1] != length.shape[0]:
        raise errors.InvalidArgumentError(
            None, op, f"len(sequence_length) != batch_size.  len:  {length.shape[0]} batch_size: {inputs.shape[1]}"
        )
    if length.size and length.max() > inputs.shape[0]:
        raise errors.FailedPreconditionError(None, op, f"sequence_length({length.argmax()}) <= {inputs.shape[0]}")


def _merged(path):
    return [label for i, label in enumerate(path) if i == 0 or label != path[i - 1]]


def _sparse(paths):
    """(indices, values, shape) of a sparse matrix whose rows are `paths`."""
    places = [(b, i) for b, path in enumerate(paths) for i in range(len(path))]
    values = [label for path in paths for label in path]
    longest = max(map(len, paths), default=0)
    return (
        np.asarray(places, np.int64).reshape(-1, 2),
        np.asarray(values, np.int64),
        np.asarray([len(paths), longest], np.int64),
    )


class _Search:
    """The likeliest prefixes, each with the log probability of ending in a blank and in its last label.

    Prefixes stand best first: one row each of arrays, and all their continuations one matrix.
    """

    def __init__(self, classes, width):
        self._blank, self._width = classes - 1, width
        self._paths = [()]
        self._of_blank, self._of_label = np.zeros(1, np.float32), np.full(1, _NEVER)

    def run(self, logits):
        """[(path, log probability)], best first."""
        with np.errstate(divide="ignore", invalid="ignore"):
            for row in logits:
                top = row.max()
                self._step(row - (top + np.log(np.sum(np.exp(row - top)))))
            total = np.logaddexp(self._of_blank, self._of_label)
        return [(list(path), score) for path, score in zip(self._paths, total)]

    def _step(self, logs):
        place = {path: i for i, path in enumerate(self._paths)}
        labels = np.array([path[-1] if path else -1 for path in self._paths])
        parents = np.array([place.get(path[:-1], -1) if path else -1 for path in self._paths])
        total = np.logaddexp(self._of_blank, self._of_label)
        # a label that equals the one before it counts only behind a blank
        grown = total[:, None] + logs[None, : self._blank]
        same = np.nonzero(labels >= 0)[0]
        grown[same, labels[same]] = self._of_blank[same] + logs[labels[same]]
        # prefixes stay as they are: by a blank, by their label again, or from their parent by that label
        of_label = np.where(labels >= 0, self._of_label + logs[labels], _NEVER)
        with_parent = np.nonzero(parents >= 0)[0]
        reached = grown[parents[with_parent], labels[with_parent]]
        of_label[with_parent] = np.logaddexp(of_label[with_parent], reached)
        of_blank = total + logs[self._blank]
        children = [{} for _ in self._paths]
        for i in with_parent.tolist():
            children[parents[i]][int(labels[i])] = i
        kept = self._best(total, np.logaddexp(of_blank, of_label), grown, children)
        self._keep(kept, of_blank, of_label, grown)

    def _best(self, total, stayed, grown, children):
        """[(score, number)], the best first, of prefixes as they were (0, 1, ...) and then of all continuations.

        In TensorFlow's order, which matters: a prefix that was pushed out, and then is not reached again from its parent either,
        is not continued.
        """
        count, classes = grown.shape
        heap, pushed_out, given_up = list(zip(stayed.tolist(), range(count))), set(), set()
        heapq.heapify(heap)
        for i, score in enumerate(total.tolist()):
            full = len(heap) == self._width
            if full and score <= heap[0][0]:
                break
            if i in given_up:
                continue
            row = grown[i]
            hopeful = np.nonzero(row > (heap[0][0] if full else _NEVER))[0].tolist()
            for label in sorted({*hopeful, *children[i]}):
                child = children[i].get(label)
                if child is not None and child not in pushed_out:
                    continue
                entry = (float(row[label]), count + i * classes + label)
                if len(heap) < self._width:
                    heapq.heappush(heap, entry)
                elif entry[0] > heap[0][0]:
                    pushed_out.add(heapq.heapreplace(heap, entry)[1])
                elif child is not None:
                    given_up.add(child)
        return sorted(heap, key=lambda entry: -entry[0])

    def _keep(self, kept, of_blank, of_label, grown):
        count, classes = grown.shape
        paths, blanks, labels = [], [], []
        for score, i in kept:
            if i < count:
                paths.append(self._paths[i])
                blanks.append(of_blank[i])
                labels.append(of_label[i])
            else:
                parent, label = divmod(i - count, classes)
                paths.append((*self._paths[parent], label))
                blanks.append(_NEVER)
                labels.append(score)
        self._paths = paths
        self._of_blank, self._of_label = np.asarray(blanks, np.float32), np.asarray(labels, np.float32)
