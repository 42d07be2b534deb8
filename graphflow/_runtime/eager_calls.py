"""Calls of functions, executed eagerly: compiled as a session compiles a step, but for what gradients need.

While a tape looks on, the compiled forward pass also returns its pullback, with the values it keeps. The backward pass takes
those, so that nothing runs twice: neither work, nor effects, nor draws of random numbers.
"""

from __future__ import annotations

import jax

from graphflow._graph import op_def as op_defs
from graphflow._graph import recording
from graphflow._lowering import bodies, emit, host_bodies, program, table
from graphflow._ops import derived
from graphflow._passes import partition
from graphflow._runtime import compiled_step, eager_forms

_x64 = jax.enable_x64


class _Program(program.Program):
    """A step that leaves the old values of variables alone: eager tensors may hold them too."""

    def __init__(self, *args):
        super().__init__(*args)
        self.kept, self.donated = self.kept + self.donated, []


class _TapedProgram(_Program):
    """A step that also returns the pullback of its operation."""

    def _outputs(self, emitter, env):
        [(_, _, pullback)] = emitter.pullbacks.values()
        return (*super()._outputs(emitter, env), pullback)


class Step(compiled_step.CompiledStep):
    """A compiled step that leaves the old values of variables alone."""

    program_type = _Program


class _TapedStep(compiled_step.CompiledStep):
    program_type = _TapedProgram

    def _with_handles(self, traced, outputs):
        return [*super()._with_handles(traced, outputs[:-1]), outputs[-1]]


class CallForm:
    """Of calls of one function.

    Attributes:
        template: a call whose arguments are placeholders.
    """

    def __init__(self, op):
        body = op.attrs["f"]
        self.template = eager_forms.template_of(op, [t._dims for t in body.inputs])
        self._steps, self._pulls = {}, {}

    def execute(self, op, values):
        """The values of the outputs. Where a tape looks on, the operation keeps what its gradient will need."""
        given = tuple(i for i, t in enumerate(op.outputs) if derived.is_smooth(t))
        taped = bool(given) and recording.wanted(op)
        while True:
            row = table.row_of(self.template)
            if row.is_host:
                return self._on_host(op, values, given if taped else ())
            try:
                outputs = self._step(row, given if taped else ()).execute(eager_forms.STORE, values)
                break
            except bodies.Reconsider as request:
                bodies.reconsider(request)
                self._steps.clear()
        if taped:
            *outputs, pullback = outputs
            op._extra = _Pullback(self, pullback, tuple(outputs))
        return outputs

    def _step(self, row, given):
        step = self._steps.get(bool(given))
        if step is None:
            t = self.template
            static = {t.inputs[i] for i in row.static}
            island = partition.Island([t], list(t.inputs), static, list(t.outputs))
            step = self._steps[bool(given)] = (_TapedStep if given else Step)(island, None)
            if given:
                step.with_pullback = {t: frozenset(derived.reaching_inputs(t, given))}
        return step

    def _on_host(self, op, values, given):
        tapes = host_bodies.Tapes({op: {frozenset(given)}}) if given else None
        outputs = eager_forms.on_host(op, values, tapes)
        op._extra = tapes
        return outputs

    def pull(self, op, kept, grads):
        """The gradient of a call, for the gradients of its outputs."""
        key = tuple(op.attrs["given"]), tuple(op.attrs["wrt"])
        pull = self._pulls.get(key)
        if pull is None:
            pull = self._pulls[key] = self._compiled_pull(op)
        with _x64(True):
            return pull(kept.pullback, kept.outputs, grads)

    def _compiled_pull(self, op):
        forward, scratch = self.template, eager_forms.SCRATCH
        attrs = {**op.attrs, "forward": forward.name.encode()}
        grads = [forward.outputs[i] for i in op.attrs["given"]]
        template = scratch.add_op(
            op_defs.get("DerivedGradient"), scratch.unique_name("DerivedGradient"), (*forward.inputs, *grads), attrs,
            [t._dtype for t in op.outputs], (),
        )  # fmt: skip
        rule = table.row_of(template)

        def pull(pullback, outputs, grads):
            context, inputs = emit.Emitter({}), (None,) * len(forward.inputs)
            context.pullbacks[forward] = inputs, outputs, pullback
            return rule.emit(context, template, *inputs, *grads)

        return jax.jit(pull)


class _Pullback:
    """What a call has left for its gradient."""

    def __init__(self, form, pullback, outputs):
        self.form, self.pullback, self.outputs = form, pullback, outputs


def gradient(op, values):
    """The values of a DerivedGradient whose forward operation left what it needs; None where it left nothing."""
    forward = eager_forms.forward_of(op)
    kept = getattr(forward, "_extra", None)
    grads = values[len(forward.inputs) :]
    if isinstance(kept, _Pullback):
        return kept.form.pull(op, kept, grads)
    if isinstance(kept, host_bodies.Tapes):
        return eager_forms.on_host(op, values, kept)
    return None
