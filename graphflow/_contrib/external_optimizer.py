"""Optimizers that run outside of the graph: SciPy asks a session for the loss and its gradient."""

from __future__ import annotations

import importlib

import numpy as np

from graphflow._autodiff import gradients
from graphflow._core import log
from graphflow._ops import array, state, variables
from graphflow._runtime import session as session_lib


class ExternalOptimizerInterface:
    """Minimizes a loss by calls from Python; a subclass gives `_minimize`.

    Args:
        loss: scalar tensor.
        var_list: the variables; all that are trainable when None.
        equalities, inequalities: lists of scalar or vector tensors that must become 0, or not negative.
        var_to_bounds: {variable: (low, high)}, numbers or arrays that fit the variable.
        optimizer_kwargs: what the optimizer gets.
    """

    def __init__(self, loss, var_list=None, equalities=None, inequalities=None, var_to_bounds=None, **optimizer_kwargs):
        self._loss, self.optimizer_kwargs = loss, optimizer_kwargs
        self._equalities, self._inequalities = list(equalities or []), list(inequalities or [])
        self._vars = variables.trainable_variables() if var_list is None else list(var_list)
        self._shapes = [tuple(v.shape.as_list()) for v in self._vars]
        sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._ends = np.cumsum(sizes)[:-1]
        self._packed_bounds = self._bounds_of(var_to_bounds)
        self._values = self._joined(self._vars)
        self._loss_gradient = self._gradient_of(loss)
        self._constraint_gradients = [
            [self._gradient_of(t) for t in tensors] for tensors in (self._equalities, self._inequalities)
        ]
        self._fed = [array.placeholder(v.dtype.base_dtype, shape) for v, shape in zip(self._vars, self._shapes)]
        self._assign = [state.assign(v, value).op for v, value in zip(self._vars, self._fed)]

    def _bounds_of(self, var_to_bounds):
        if var_to_bounds is None:
            return None
        found = []
        for v, shape in zip(self._vars, self._shapes):
            low, high = var_to_bounds.get(v, (-np.inf, np.inf))
            found += zip(*(np.broadcast_to(end, shape).ravel().tolist() for end in (low, high)))
        return found

    def _joined(self, tensors):
        flat = [array.reshape(t, [-1]) for t in tensors]
        return flat[0] if len(flat) == 1 else array.concat(flat, 0)

    def _gradient_of(self, t):
        found = gradients.gradients(t, self._vars)
        return self._joined([array.zeros_like(v) if g is None else g for g, v in zip(found, self._vars)])

    def minimize(
        self, session=None, feed_dict=None, fetches=None, step_callback=None, loss_callback=None, **run_kwargs
    ):  # fmt: skip
        """Runs the optimizer and leaves what it found in the variables.

        Args:
            fetches: tensors that `loss_callback` gets each time the loss is computed.
            step_callback: called with the vector of all variables after each step.
        """
        session = session or session_lib.get_default_session()
        feed_dict, fetches = feed_dict or {}, list(fetches or [])
        loss_callback, step_callback = loss_callback or (lambda *_: None), step_callback or (lambda _: None)

        def put(x):
            parts = np.split(x, self._ends)
            fed = {f: p.reshape(s).astype(f.dtype.as_numpy_dtype) for f, p, s in zip(self._fed, parts, self._shapes)}
            session.run(self._assign, feed_dict=fed)

        def evaluated(tensors, callback=None):
            def function(x):
                put(x)
                found = session.run([*tensors, *(fetches if callback else [])], feed_dict=feed_dict, **run_kwargs)
                if callback:
                    callback(*found[len(tensors) :])
                return [np.asarray(value, np.float64) for value in found[: len(tensors)]]

            return function

        result = self._minimize(
            initial_val=np.asarray(session.run(self._values, feed_dict=feed_dict), np.float64),
            loss_grad_func=evaluated([self._loss, self._loss_gradient], loss_callback),
            equality_funcs=[evaluated([t]) for t in self._equalities],
            equality_grad_funcs=[evaluated([t]) for t in self._constraint_gradients[0]],
            inequality_funcs=[evaluated([t]) for t in self._inequalities],
            inequality_grad_funcs=[evaluated([t]) for t in self._constraint_gradients[1]],
            packed_bounds=self._packed_bounds, step_callback=step_callback, optimizer_kwargs=self.optimizer_kwargs,
        )  # fmt: skip
        put(np.asarray(result))

    def _minimize(self, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} gives no _minimize: derive from ScipyOptimizerInterface")


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Minimizes by `scipy.optimize.minimize`, with method="L-BFGS-B" where no other is named; constraints need "SLSQP"."""

    _DEFAULT_METHOD = "L-BFGS-B"

    def _minimize(
        self, initial_val, loss_grad_func, equality_funcs, equality_grad_funcs, inequality_funcs, inequality_grad_funcs,
        packed_bounds, step_callback, optimizer_kwargs,
    ):  # fmt: skip
        optimize = importlib.import_module("scipy.optimize")
        constraints = [
            {"type": kind, "fun": lambda x, f=f: f(x)[0], "jac": lambda x, g=g: g(x)[0]}
            for kind, functions, slopes in (
                ("eq", equality_funcs, equality_grad_funcs), ("ineq", inequality_funcs, inequality_grad_funcs),
            )
            for f, g in zip(functions, slopes)
        ]  # fmt: skip
        settings = dict(optimizer_kwargs)
        method = settings.pop("method", self._DEFAULT_METHOD)
        forbidden = sorted({"fun", "jac", "bounds", "constraints", "callback", "x0"} & set(settings))
        if forbidden:
            raise ValueError(f"{', '.join(forbidden)} cannot be given to the optimizer: the interface sets them itself")
        found = optimize.minimize(
            lambda x: tuple(loss_grad_func(x)), initial_val, jac=True, method=method, callback=step_callback,
            bounds=packed_bounds, constraints=constraints, **settings,
        )  # fmt: skip
        log.info(f"Optimization terminated with:\n  Message: {found.message}\n  Objective function value: {found.fun}")
        return found.x
