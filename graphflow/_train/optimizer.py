"""Optimizer: from a loss to operations that change variables."""

from __future__ import annotations

from graphflow._autodiff import gradients
from graphflow._autodiff import tape as tape_lib
from graphflow._core import dtypes, nest
from graphflow._graph import build, eager_graph, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    grouping,
    resource_variable,
    segment,
    sets,
    state,
    training_ops,
    variable,
    variables,
)
from graphflow._train import slots


class Optimizer:
    """Base of all optimizers, and of those that users write.

    A subclass makes its slots in `_create_slots`, its tensors in `_prepare`, and gives the operation that updates one variable
    in `_apply_dense` and `_apply_sparse` (reference variables), `_resource_apply_dense` and `_resource_apply_sparse`
    (resource variables). The sparse ones get each row once; a subclass that can take rows twice overrides
    `_apply_sparse_duplicate_indices` instead. `_finish` joins the updates.

    Args:
        use_locking: kept in the nodes; updates never overlap here.
        name: the name of the slots and of the scope `apply_gradients` works in.
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking, name):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots = {}  # slot name -> {variable key: slot}
        self._non_slot_dict = {}  # (name, graph) -> variable

    def get_name(self):
        """The name given when it was made."""
        return self._name

    # -- what users call -------------------------------------------------------------------------------------------------

    def minimize(self, loss, global_step=None, var_list=None, gate_gradients=GATE_OP, aggregation_method=None,
                 colocate_gradients_with_ops=False, name=None, grad_loss=None):  # fmt: skip
        """An operation that takes one step towards a smaller `loss`: `compute_gradients`, then `apply_gradients`.

        Args:
            loss: the tensor to make small, or a function without arguments that computes it, as eager execution needs.
            global_step: a variable to increment after the step.
            var_list: the variables to change; all trainable ones when None.
            gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH: what must be computed before any gradient is used.
            name: name of the operation.
            grad_loss: the gradient that arrives at `loss`; ones when None.

        Raises:
            ValueError: no variable has a gradient.
        """
        grads_and_vars = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if all(grad is None for grad, _ in grads_and_vars):
            listed = [str(v) for _, v in grads_and_vars]
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {listed} and loss {loss}."
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(self, loss, var_list=None, gate_gradients=GATE_OP, aggregation_method=None,
                          colocate_gradients_with_ops=False, grad_loss=None):  # fmt: skip
        """A list of (gradient, variable); the gradient is a tensor, IndexedSlices, or None.

        Raises:
            ValueError: there is no variable, or `loss` or a variable is no float.
        """
        if gate_gradients not in (Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH. "
                f"Not {gate_gradients}"
            )
        if callable(loss):
            return self._gradients_of_function(loss, var_list, grad_loss)
        if eager_graph.computing(loss):
            raise RuntimeError(
                "`loss` passed to Optimizer.compute_gradients should be a function when eager execution is enabled."
            )
        self._assert_valid_dtypes([loss] if grad_loss is None else [loss, grad_loss])
        if var_list is None:
            resources = keys.GraphKeys.TRAINABLE_RESOURCE_VARIABLES
            var_list = variables.trainable_variables() + graph_lib.get_default_graph().get_collection(resources)
        else:
            var_list = nest.flatten(var_list)
        for v in var_list:
            _kind(v)
        if not var_list:
            raise ValueError("No variables to optimize.")
        grads = gradients.gradients(
            loss,
            var_list,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == Optimizer.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == Optimizer.GATE_GRAPH:
            grads = grouping.tuple(grads)
        grads_and_vars = list(zip(grads, var_list))
        self._assert_valid_dtypes([v for g, v in grads_and_vars if g is not None and v.dtype != dtypes.resource])
        return grads_and_vars

    def _gradients_of_function(self, loss, var_list, grad_loss):
        """`compute_gradients` for a function without arguments that computes the loss."""
        with tape_lib.GradientTape() as tape:
            if var_list is not None:
                tape.watch(var_list)
            value = loss()
        if var_list is None:
            var_list = tape.watched_variables()
            if not var_list and not eager_graph.executing_eagerly():  # reference variables are not watched
                return self.compute_gradients(value, grad_loss=grad_loss)
        var_list = nest.flatten(var_list)
        grads_and_vars = list(zip(tape.gradient(value, var_list, grad_loss), var_list))
        self._assert_valid_dtypes([v for g, v in grads_and_vars if g is not None])
        return grads_and_vars

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """An operation that changes the variables by their gradients.

        Args:
            grads_and_vars: (gradient, variable) pairs as of `compute_gradients`; pairs without a gradient are left out.
            global_step: a variable to increment after the step.
            name: name of the operation, that of the optimizer when None.

        Raises:
            TypeError: a gradient that is no tensor. ValueError: no gradient at all.
        """
        pairs = [(_as_gradient(g), v, _kind(v)) for g, v in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        var_list = [v for g, v, _ in pairs if g is not None]
        if not var_list:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v, _ in pairs]}.")
        with variable.init_scope():
            self._create_slots(var_list)
            resource_variable.offer()
        graph = graph_lib.get_default_graph()
        with build.name_scope(name, self._name) as scope:
            self._prepare()
            update_ops = []
            for grad, v, update in pairs:
                if grad is not None:
                    with graph.name_scope("update_" + v.op.name), graph.colocate_with(v):
                        update_ops.append(update(self, grad, v))
            if global_step is None:
                train_op = self._finish(update_ops, scope)
            else:
                with graph.control_dependencies([self._finish(update_ops, "update")]), graph.colocate_with(global_step):
                    train_op = _increment(global_step, scope)
            if graph.executes:
                return None
            if isinstance(train_op, tensor.Tensor):
                train_op = train_op.op
            train_ops = graph.get_collection_ref(keys.GraphKeys.TRAIN_OP)
            if train_op not in train_ops:
                train_ops.append(train_op)
            return train_op

    def get_slot(self, var, name):
        """The slot of that name that was made for `var`, a variable, or None."""
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self):
        """The names of the slots made so far, sorted."""
        return sorted(self._slots)

    def variables(self):
        """The optimizer's own variables in the current graph, slots and others, by name."""
        graph = graph_lib.get_default_graph()
        own = [*self._non_slot_variables(), *(slot for found in self._slots.values() for slot in found.values())]
        return sorted((v for v in own if v.op.graph is graph), key=lambda v: v.name)

    # -- what subclasses override ----------------------------------------------------------------------------------------

    def _valid_dtypes(self):
        """The types a loss and a variable may have."""
        return {dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64}

    def _create_slots(self, var_list):
        """Makes the slots of all variables."""

    def _prepare(self):
        """Makes the tensors that the updates share; runs inside the optimizer's scope."""

    def _apply_dense(self, grad, var):
        """The operation that updates a reference variable."""
        raise NotImplementedError(f"{type(self).__name__} has no _apply_dense: it cannot update {var}")

    def _apply_sparse(self, grad, var):
        """The operation that updates rows of a reference variable, each named once in the IndexedSlices `grad`."""
        raise NotImplementedError(f"{type(self).__name__} has no _apply_sparse: it cannot update rows of {var}")

    def _resource_apply_dense(self, grad, handle):
        """The operation that updates a resource variable."""
        raise NotImplementedError(f"{type(self).__name__} has no _resource_apply_dense: it cannot update {handle}")

    def _resource_apply_sparse(self, grad, handle, indices):
        """The operation that updates rows of a resource variable, each named once in `indices`."""
        raise NotImplementedError(
            f"{type(self).__name__} has no _resource_apply_sparse: it cannot update rows of {handle}"
        )

    def _apply_sparse_duplicate_indices(self, grad, var):
        """As `_apply_sparse`, for rows that may be named several times: their gradients are added up first."""
        values, indices = _unique_rows(grad.values, grad.indices)
        return self._apply_sparse(tensor.IndexedSlices(values, indices, grad.dense_shape), var)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        """As `_resource_apply_sparse`, for rows that may be named several times."""
        values, indices = _unique_rows(grad, indices)
        return self._resource_apply_sparse(values, handle, indices)

    def _finish(self, update_ops, name_scope):
        """The operation that has run when all updates have."""
        return grouping.group(*update_ops, name=name_scope)

    # -- what subclasses use ---------------------------------------------------------------------------------------------

    def _call_if_callable(self, param):
        return param() if callable(param) else param

    def _slot_dict(self, slot_name):
        return self._slots.setdefault(slot_name, {})

    def _slot(self, var, slot_name, make):
        found = self._slot_dict(slot_name)
        if _key(var) not in found:
            found[_key(var)] = make()
        return found[_key(var)]

    def _get_or_make_slot(self, var, val, slot_name, op_name):
        """The slot of `var`, made with the initial value `val` where there is none; its name is `<var>/<op_name>`."""
        return self._slot(var, slot_name, lambda: slots.create_slot(var, val, op_name))

    def _get_or_make_slot_with_initializer(self, var, initializer, shape, dtype, slot_name, op_name):
        """The slot of `var`, made by an initializer where there is none."""
        return self._slot(
            var, slot_name, lambda: slots.create_slot_with_initializer(var, initializer, shape, dtype, op_name)
        )

    def _zeros_slot(self, var, slot_name, op_name):
        """The slot of `var`, of zeros where there is none yet."""
        return self._slot(var, slot_name, lambda: slots.create_zeros_slot(var, op_name))

    def _create_non_slot_variable(self, initial_value, name, colocate_with):
        """A variable of the optimizer as a whole, one in each graph, such as the powers of Adam's betas."""
        key = name, colocate_with.graph
        if key not in self._non_slot_dict:
            with colocate_with.graph.colocate_with(colocate_with):
                self._non_slot_dict[key] = variable.Variable(
                    initial_value,
                    name=name,
                    trainable=False,
                    use_resource=resource_variable.is_resource_variable(colocate_with),
                )
        return self._non_slot_dict[key]

    def _get_non_slot_variable(self, name, graph=None):
        return self._non_slot_dict.get((name, graph))

    def _non_slot_variables(self):
        return self._non_slot_dict.values()

    def _assert_valid_dtypes(self, tensors):
        valid = self._valid_dtypes()
        for t in tensors:
            if t.dtype.base_dtype not in valid:
                raise ValueError(f"Invalid type {t.dtype.base_dtype!r} for {t.name}, expected: {list(valid)}.")


class RuleOptimizer(Optimizer):
    """An optimizer whose update is one operation for each variable: `ApplyMomentum`, `ResourceSparseApplyMomentum` ...

    A subclass names the rule and gives the operation's arguments; which of the four operations it takes follows from the
    kind of variable and of gradient.
    """

    _rule: str | None = None  # the end of the operations' types, such as "Momentum"
    _flags: dict = {}  # attributes of the operations

    def _arguments(self, var):
        """The operation's slots and numbers by argument name; numbers are cast to the type of `var`."""
        return {}

    def _apply_dense(self, grad, var):
        return self._update("Apply", var, grad)

    def _apply_sparse(self, grad, var):
        return self._update("SparseApply", var, grad.values, grad.indices)

    def _resource_apply_dense(self, grad, handle):
        return self._update("ResourceApply", handle, grad)

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._update("ResourceSparseApply", handle, grad, indices)

    def _update(self, kind, var, grad, indices=None):
        arguments = {"var": var, "grad": grad, "delta": grad, "indices": indices, **self._arguments(var)}
        return training_ops.update(kind + self._rule, arguments, use_locking=self._use_locking, **self._flags)


# -- one variable --------------------------------------------------------------------------------------------------------


def _key(var):
    return var.op.graph, getattr(var, "_unique_id", var.op.name)


def _kind(v):
    """function(optimizer, gradient, variable) that updates a variable of this kind.

    Raises:
        AttributeError: `v` is nothing of a graph. NotImplementedError: it is nothing that has a gradient.
    """
    if not hasattr(v, "op"):
        raise AttributeError(
            f"'{type(v).__name__}' object has no attribute 'op': an optimizer updates variables, not {v!r}"
        )
    if isinstance(v, (variable.Variable, tensor.Tensor)):
        if v.op.type == "VarHandleOp":
            return _update_resource
        return _update_reference if isinstance(v, variable.Variable) else _update_tensor
    raise NotImplementedError(f"Trying to optimize unsupported type {type(v).__name__}: {v}")


def _as_gradient(grad):
    if grad is None or isinstance(grad, tensor.IndexedSlices):
        return grad
    try:
        return build.convert_to_tensor(grad)
    except TypeError:
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {grad}") from None


def _update_reference(optimizer, grad, v):
    if isinstance(grad, tensor.IndexedSlices):
        _refuse_constraint(v)
        return optimizer._apply_sparse_duplicate_indices(grad, v)
    return _constrained(v, optimizer._apply_dense(grad, v))


def _update_resource(optimizer, grad, v):
    if isinstance(grad, tensor.IndexedSlices):
        _refuse_constraint(v)
        return optimizer._resource_apply_sparse_duplicate_indices(grad.values, v, grad.indices)
    return _constrained(v, optimizer._resource_apply_dense(grad, v))


def _update_tensor(optimizer, grad, v):
    raise NotImplementedError(f"Trying to update a Tensor {v}: only a variable can be updated")


def _refuse_constraint(v):
    if v.constraint is not None:
        raise RuntimeError(f"Cannot use a constraint function on a sparse variable: {v.name}")


def _constrained(v, update_op):
    """`update_op`, and after it the variable's constraint."""
    if v.constraint is None:
        return update_op
    with graph_lib.get_default_graph().control_dependencies([update_op]):
        return v.assign(v.constraint(v))


def _unique_rows(values, indices):
    """(values, indices) with each index once, the rows of equal ones added up."""
    unique_indices, positions = sets.unique(indices)
    count = array.shape(unique_indices)[0]
    return segment.unsorted_segment_sum(values, positions, count), unique_indices


def _increment(global_step, name):
    if resource_variable.is_resource_variable(global_step):
        one = build.convert_to_tensor(1, dtype=global_step.dtype)
        return build.operation("AssignAddVariableOp", global_step.handle, one, name=name)
    return state.assign_add(global_step, 1, name=name)
