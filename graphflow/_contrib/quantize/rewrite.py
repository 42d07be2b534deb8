"""`tf.contrib.quantize`: rewrites a graph for training with rounded weights and activations, or for evaluating what was trained."""

from __future__ import annotations

from graphflow._contrib.quantize import folding, insertion, unfused
from graphflow._ops import training_ops

_TRAINING = frozenset(training_ops.TYPES)


def _rewrite(input_graph, freeze_bn_delay, **options):
    graph = insertion.graph_or_default(input_graph)
    steps = sorted({op.type for op in graph.get_operations()} & _TRAINING)
    if steps:
        raise ValueError(
            f"Training op found in graph, exiting {steps}: rewrite the graph before an optimizer's minimize"
        )
    with graph.as_default():
        folding.fold(graph, freeze_bn_delay)
        unfused.fold(graph, options["is_training"], freeze_bn_delay)
        insertion.Inserter(**options).quantize(graph)


def create_training_graph(input_graph=None, quant_delay=0):
    """Rewrites a graph in place so that training sees 8-bit rounding, in the forward and in the backward pass.

    To be called before gradients are made. Batch normalization is folded into the layers before it.

    Args:
        input_graph: the graph, the default one when None.
        quant_delay: after how many steps rounding begins.

    Raises:
        ValueError: the graph has training steps already.

    Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference" (2018),
        https://arxiv.org/abs/1712.05877.
    """
    _rewrite(input_graph, None, is_training=True, delay=quant_delay)


def create_eval_graph(input_graph=None):
    """Rewrites a graph in place so that it computes with the rounding that was learnt; arguments as of `create_training_graph`."""
    _rewrite(input_graph, None, is_training=False)


def experimental_create_training_graph(
    input_graph=None, weight_bits=8, activation_bits=8, symmetric=False, quant_delay=0, freeze_bn_delay=None, scope=None
):  # fmt: skip
    """`create_training_graph` with more to choose.

    Args:
        weight_bits, activation_bits: from 2 to 8.
        symmetric: whether ranges lie about 0.
        freeze_bn_delay: after how many steps batch normalization goes over to its moving statistics; never when None.
        scope: only what is in this scope is rounded.
    """
    _rewrite(
        input_graph, freeze_bn_delay, is_training=True, weight_bits=weight_bits, activation_bits=activation_bits,
        symmetric=symmetric, delay=quant_delay, scope=scope,
    )  # fmt: skip


def experimental_create_eval_graph(
    input_graph=None, weight_bits=8, activation_bits=8, symmetric=False, quant_delay=None, scope=None
):  # fmt: skip
    """`create_eval_graph` with more to choose; arguments as of `experimental_create_training_graph`."""
    _rewrite(
        input_graph, None, is_training=False, weight_bits=weight_bits, activation_bits=activation_bits, symmetric=symmetric,
        delay=quant_delay, scope=scope,
    )  # fmt: skip
