"""Branches: cond, case, switch_case.

A branch is a body with a graph of its own, and `If` is the node that runs one of two. TensorFlow 1 marks the same things with
Switch and Merge in one graph; names, and the count that seeds come from, are kept as there.
"""

from __future__ import annotations

import collections
import functools
import warnings

from graphflow._core import dtypes, nest
from graphflow._graph import build, eager_graph, operation, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import asserts, bodies, compare, derived, grouping, joining, math, reduce

_BEFORE_BRANCHES = 4  # operations: Switch, switch_t, switch_f, pred_id


def cond(pred, true_fn=None, false_fn=None, strict=False, name=None, fn1=None, fn2=None):
    """`true_fn()` where the bool scalar `pred` holds, else `false_fn()`. What is made inside runs only in that case.

    Args:
        pred: bool scalar tensor.
        true_fn, false_fn: functions without arguments that return tensors in the same nested structure, of the same types; an
            operation returned runs, and stands for a bool.
        strict: whether a list or tuple of one stays one instead of becoming its element.

    Returns:
        tensors in the structure that the functions return.

    Raises:
        TypeError: a function is missing or none, `pred` is no bool tensor, the structures are of different types.
        ValueError: a function returns nothing, or the two return different structures or types.
    """
    true_fn, false_fn = _either("true_fn", true_fn, "fn1", fn1), _either("false_fn", false_fn, "fn2", fn2)
    for label, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"{label} must be callable.")
    if eager_graph.computing(pred):
        result = true_fn() if pred else false_fn()
        return result if strict else _unpacked(result)
    with build.name_scope(name, "cond", [pred]) as scope:
        graph = graph_lib.get_default_graph()
        pred = _checked_predicate(pred, scope)
        graph._last_id += _BEFORE_BRANCHES
        branches = [
            _Branch(scope, "true", graph, true_fn, "true_fn"),
            _Branch(scope, "false", graph, false_fn, "false_fn"),
        ]
        result = _agreed(branches, strict)
        captured = bodies.outer_tensors(*[b.graph for b in branches])
        outputs = bodies.add_node(
            graph, "If" if bodies.is_stateful(*[b.graph for b in branches]) else "StatelessIf", [pred, captured],
            ["Merge"] * len(branches[0].tensors), scope, bodies.waiting_for(*[b.graph for b in branches]),
            then_branch=branches[0].graph, else_branch=branches[1].graph, **_output_attrs(branches),
        )  # fmt: skip
        return bodies.pack(result, outputs)


def _either(name, value, old_name, old_value):
    """The value of an argument or of its old name."""
    if old_value is not None:
        if value is not None:
            raise TypeError(f"cond(): {name} and {old_name} may not be set simultaneously.")
        return old_value
    if value is None:
        raise TypeError(f"cond(): {name} argument required")
    return value


def _checked_predicate(pred, scope):
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool")
    pred = build.convert_to_tensor(pred, name="Switch/data")
    if pred.dtype.base_dtype is not dtypes.bool:
        raise TypeError(
            f"Input 'pred' of 'Switch' Op has type {pred.dtype.base_dtype.name} that does not match expected type of bool."
        )
    if pred._dims is not None and pred._dims != ():
        raise ValueError(
            f"Shape must be rank 0 but is rank {len(pred._dims)} for '{scope}Switch' (op: 'Switch') with input shapes: "
            f"{pred.shape_text}, {pred.shape_text}."
        )
    graph = graph_lib.get_default_graph()
    if graph.building_function:
        graph.count_use(pred)
    return pred


class _Branch:
    """A branch that has been built.

    Attributes:
        graph: its body.
        result: what the function returned, every leaf a tensor or a TensorArray.
        tensors: the components of `result`, which are the outputs of the body.
    """

    def __init__(self, scope, name, graph, function, label):
        self.graph = bodies.open_body(scope, name, graph)
        self.label = label
        with self.graph.as_default():
            returned = function()
            if returned is None:
                raise ValueError(f"{label} must have a return value.")
            leaves = [self._as_tensors(leaf) for leaf in nest.flatten(returned)]
            self.result = nest.pack_sequence_as(returned, leaves)
            self.tensors = bodies.flatten(self.result)
            self.tensors = [build.convert_to_tensor(t) for t in self.tensors]
        self.graph.outputs = list(self.tensors)
        for t in self.tensors:
            self.graph.count_use(t)

    def _as_tensors(self, leaf):
        if isinstance(leaf, operation.Operation):
            return grouping.with_dependencies([leaf], self._pivot())
        if bodies.components(leaf) != [leaf]:
            return leaf
        return build.convert_to_tensor(leaf)

    def _pivot(self):
        """What the predicate is in this branch; TensorFlow 1 has it already, so it does not count."""
        count = self.graph._last_id
        made = build.constant(self.label != "false_fn", name="pivot")
        self.graph._last_id = count
        return made


def _agreed(branches, strict):
    """The structure that all branches return; raises where they differ."""
    results = [b.result if strict else _unpacked(b.result) for b in branches]
    labels = "true_fn and false_fn" if len(branches) == 2 else "branches"
    for other in results[1:]:
        try:
            nest.assert_same_structure(results[0], other)
        except (TypeError, ValueError) as err:
            kind = "types" if isinstance(err, TypeError) else "values"
            raise type(err)(f"Incompatible return {kind} of {labels}: {err}") from None
    if not branches[0].tensors:
        raise ValueError(f"{labels} must return at least one result.")
    for branch in branches[1:]:
        if len(branch.tensors) != len(branches[0].tensors):
            raise ValueError(f"{labels} must return sparse tensors with the same parts")
        for x, y in zip(branches[0].tensors, branch.tensors):
            if x.dtype.base_dtype is not y.dtype.base_dtype:
                raise ValueError(f"Outputs of {labels} must have the same type: {x.dtype.name}, {y.dtype.name}")
    return results[0]


def _unpacked(result):
    return result[0] if isinstance(result, (list, tuple)) and len(result) == 1 else result


def _output_attrs(branches):
    return {
        "Tout": [t.dtype.base_dtype for t in branches[0].tensors],
        "output_shapes": [
            bodies.common_dims(*[t._dims for t in tensors]) for tensors in zip(*[b.tensors for b in branches])
        ],
    }


@derived.reaching("If", "StatelessIf", "Case")
def _reached(op, outputs):
    branches = op.attrs["branches"] if op.type == "Case" else (op.attrs["then_branch"], op.attrs["else_branch"])
    return {1 + i for branch in branches for i in bodies.reached_inputs(branch, outputs)}


def enable_control_flow_v2():
    """Taken and ignored: branches and loops are functional nodes here in any case."""


def disable_control_flow_v2():
    """Taken and ignored, as `enable_control_flow_v2`."""


def control_flow_v2_enabled():
    """Whether branches and loops are functional nodes; they always are."""
    return True


def smart_cond(pred, true_fn=None, false_fn=None, name=None):
    """As `cond`, but where `pred` is known while the graph is built only that function is called, and no branch is made.

    Args:
        pred: bool scalar tensor, Python bool, or 0 or 1.

    Raises:
        TypeError: `pred` is none of these, or a function is missing.
    """
    if not callable(true_fn):
        raise TypeError("`true_fn` must be callable.")
    if not callable(false_fn):
        raise TypeError("`false_fn` must be callable.")
    value = smart_constant_value(pred)
    if value is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if value else false_fn()


def smart_constant_value(pred):
    """The bool that `pred` is known to be while the graph is built, or None.

    Raises:
        TypeError: `pred` is no tensor, bool, 0 or 1.
    """
    if isinstance(pred, tensor.Tensor):
        value = static_value.constant_value(pred)
        return None if value is None else bool(value)
    if pred in {0, 1}:
        return bool(pred)
    raise TypeError(
        f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: type {type(pred)}, value {pred}"
    )


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The result of the first function whose predicate holds, else of `default`.

    Args:
        pred_fn_pairs: pairs of a bool scalar tensor and a function, or a dict of them.
        default: function for the case that none holds; None makes that an error of the run.
        exclusive: whether it is an error of the run that several hold.

    Raises:
        TypeError: the pairs are no such pairs.
    """
    predicates, actions = _checked_pairs(pred_fn_pairs, exclusive, name)
    with build.name_scope(name, "case", [predicates]):
        if default is None:
            default, predicates, actions = _made_default(predicates, actions)
        function = default
        for predicate, action in reversed(list(zip(predicates, actions))):
            function = functools.partial(cond, predicate, true_fn=action, false_fn=function, strict=strict)
        if not exclusive:
            return function()
        check = _assert_at_most(predicates, 1, "Input error: exclusive=True")
        with graph_lib.get_default_graph().control_dependencies([check]):
            return function()


def _checked_pairs(pairs, exclusive, name):
    if not isinstance(pairs, (list, tuple, dict)):
        raise TypeError("fns must be a list, tuple, or dict")
    if isinstance(pairs, collections.OrderedDict):
        pairs = list(pairs.items())
    elif isinstance(pairs, dict):
        pairs = sorted(pairs.items(), key=lambda item: item[0].name)
        if not exclusive:
            warnings.warn(
                f"{name}: An unordered dictionary of predicate/fn pairs was provided, but exclusive=False. The order of "
                "conditional tests is deterministic but not guaranteed.",
                stacklevel=3,
            )
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        predicate, function = pair
        if not isinstance(predicate, tensor.Tensor):
            raise TypeError(f"pred must be a Tensor, got: {predicate}")
        if predicate.dtype.base_dtype is not dtypes.bool:
            raise TypeError(f"pred must be Tensor of type bool: {predicate.name}")
        if not callable(function):
            raise TypeError(f"fn for pred {predicate.name} must be callable.")
    if not pairs:
        raise ValueError("case needs at least one pair of a predicate and a function")
    return [p for p, _ in pairs], [f for _, f in pairs]


def _made_default(predicates, actions):
    """(default, other predicates, other actions): the last action, which checks that it is its turn."""
    *others, last = predicates
    *other_actions, action = actions

    def default():
        message = (
            f"Implementation error: selected default action #{len(others)} was called, but some of other predicates are "
            "True: "
        )
        none = ["Input error: None of conditions evaluated as True:", joining.stack(predicates, name="preds_c")]
        checks = [_assert_at_most(others, 0, message), asserts.Assert(last, none)]
        with graph_lib.get_default_graph().control_dependencies(checks):
            return action()

    return default, others, other_actions


def _assert_at_most(predicates, n, message):
    stacked = joining.stack(predicates, name="preds_c")
    count = reduce.reduce_sum(math.cast(stacked, dtypes.int32), name="num_true_conds")
    holds = compare.less_equal(count, build.constant(n, name="n_true_conds"))
    names = ", ".join(p.name for p in predicates)
    text = f"{message}: more than {n} conditions ({names}) evaluated as True:"
    return asserts.Assert(holds, [text, stacked], summarize=len(predicates))


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """The result of the function whose number `branch_index` is; of `default` (or the last one) when there is none of that number.

    Args:
        branch_index: integer scalar tensor.
        branch_fns: a list of functions, or a dict or list of pairs of a number and a function, numbered from 0 without gaps.

    Raises:
        TypeError, ValueError: the arguments are none of these, or the functions return different structures or types.
    """
    functions = _checked_functions(branch_index, branch_fns, default)
    if eager_graph.computing(branch_index):
        index = int(branch_index)
        return functions[index if 0 <= index < len(functions) else -1]()
    with build.name_scope(name, "case", [branch_index]), build.name_scope(None, "indexed_case") as scope:
        graph = graph_lib.get_default_graph()
        index = math.cast(branch_index, dtypes.int32)
        branches = [
            _Branch(scope, f"branch{i}", graph, function, f"branch {i}") for i, function in enumerate(functions)
        ]
        result = _agreed(branches, strict=False)
        captured = bodies.outer_tensors(*[b.graph for b in branches])
        outputs = bodies.add_node(
            graph, "Case", [index, captured], ["Identity"] * len(branches[0].tensors), scope,
            bodies.waiting_for(*[b.graph for b in branches]), branches=[b.graph for b in branches], **_output_attrs(branches),
        )  # fmt: skip
        return bodies.pack(result, outputs)


def _checked_functions(branch_index, branch_fns, default):
    if not isinstance(branch_index, tensor.Tensor):
        raise TypeError(f"branch_index must a Tensor, got {type(branch_index)}")
    if not branch_index.dtype.is_integer:
        raise TypeError(f"branch_index must an integer Tensor, got {branch_index.dtype}")
    if not branch_fns:
        raise ValueError("Must provide at least one item in branch_fns")
    if not isinstance(branch_fns, (list, tuple, dict)):
        raise TypeError("branch_fns must be a list, tuple, or dict")
    pairs = list(branch_fns.items() if isinstance(branch_fns, dict) else branch_fns)
    if all(callable(f) for f in pairs):
        pairs = list(enumerate(pairs))
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in branch_fns must be a 2-tuple")
        key, function = pair
        if not isinstance(key, int):
            raise TypeError(f"key must be a Python `int`, got {type(key)}")
        if not callable(function):
            raise TypeError(f"fn for key {key} must be callable.")
    keys = sorted(key for key, _ in pairs)
    if keys != list(range(len(keys))):
        listed = ",".join(map(str, keys))
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found {{{listed}}}"
        )
    functions = [function for _, function in sorted(pairs, key=lambda pair: pair[0])]
    return functions if default is None else [*functions, default]
