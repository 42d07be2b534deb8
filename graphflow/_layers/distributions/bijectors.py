"""Invertible functions with the logarithm of their volume change, for `TransformedDistribution`.

`forward_log_det_jacobian(x, event_ndims)` sums over the last `event_ndims` axes, which are one event.
"""

from __future__ import annotations

import numpy as np

from graphflow._graph import build
from graphflow._ops import array, diagonal, gather, linalg, math, matmul, nn, rearrange, reduce, unary


class Bijector:
    """A base class: a subclass gives `_forward`, `_inverse`, and one of the two log determinants.

    Args:
        forward_min_event_ndims: over how many of the last axes the function works as a whole.
        is_constant_jacobian: whether the volume change is the same everywhere.
        name: scope of the operations.
    """

    def __init__(
        self, graph_parents=None, is_constant_jacobian=False, validate_args=False, dtype=None,
        forward_min_event_ndims=0, inverse_min_event_ndims=None, name=None,
    ):  # fmt: skip
        self._min = forward_min_event_ndims
        self._constant, self._name = is_constant_jacobian, name or type(self).__name__.lower()
        self.validate_args, self.dtype, self.graph_parents = validate_args, dtype, list(graph_parents or [])
        self._pairs = []  # (x, y) of the calls so far: what was drawn forward need not be inverted

    name = property(lambda self: self._name, doc="The scope of its operations.")
    is_constant_jacobian = property(
        lambda self: self._constant, doc="Whether the volume change is the same everywhere."
    )
    forward_min_event_ndims = property(lambda self: self._min, doc="Over how many axes it works as a whole.")
    inverse_min_event_ndims = forward_min_event_ndims

    def forward(self, x, name="forward"):
        """The value of the function."""
        with build.name_scope(self._name), build.name_scope(name):
            x = build.convert_to_tensor(x, name="x")
            known = next((y for before, y in self._pairs if before is x), None)
            return self._noted(x, self._forward(x))[1] if known is None else known

    def inverse(self, y, name="inverse"):
        """What the function takes to `y`."""
        with build.name_scope(self._name), build.name_scope(name):
            y = build.convert_to_tensor(y, name="y")
            known = next((x for x, before in self._pairs if before is y), None)
            return self._noted(self._inverse(y), y)[0] if known is None else known

    def _noted(self, x, y):
        if x.graph is y.graph and not x.graph.executes:
            self._pairs.append((x, y))
        return x, y

    def forward_log_det_jacobian(self, x, event_ndims, name="forward_log_det_jacobian"):
        """The logarithm of how much the function stretches at `x`, for each event."""
        with build.name_scope(self._name), build.name_scope(name):
            x = build.convert_to_tensor(x, name="x")
            if hasattr(self, "_forward_log_det_jacobian"):
                return self._summed(self._forward_log_det_jacobian(x), x, event_ndims)
            return self._summed(-self._inverse_log_det_jacobian(self._forward(x)), x, event_ndims)

    def inverse_log_det_jacobian(self, y, event_ndims, name="inverse_log_det_jacobian"):
        """The logarithm of how much the inverse stretches at `y`, for each event."""
        with build.name_scope(self._name), build.name_scope(name):
            y = build.convert_to_tensor(y, name="y")
            if hasattr(self, "_inverse_log_det_jacobian"):
                return self._summed(self._inverse_log_det_jacobian(y), y, event_ndims)
            return self._summed(-self._forward_log_det_jacobian(self._inverse(y)), y, event_ndims)

    def _summed(self, change, x, event_ndims):
        """The changes of all parts of an event, added up."""
        count = int(event_ndims) - self._min
        if count < 0:
            raise ValueError(
                f"{self._name} works on events of at least {self._min} axes, got event_ndims {event_ndims}"
            )
        if not count:
            return change
        if self._constant:
            part = array.ones_like(x[..., 0] if self._min else x, dtype=change.dtype)
            change = change * part
        return reduce.reduce_sum(change, axis=list(range(-count, 0)))


class Identity(Bijector):
    """y = x."""

    def __init__(self, validate_args=False, name="identity"):
        super().__init__(is_constant_jacobian=True, name=name)

    def _forward(self, x):
        return x

    _inverse = _forward

    def _forward_log_det_jacobian(self, x):
        return array.zeros([], x.dtype)


class Exp(Bijector):
    """y = exp(x)."""

    def __init__(self, validate_args=False, name="exp"):
        super().__init__(name=name)

    def _forward(self, x):
        return unary.exp(x)

    def _inverse(self, y):
        return unary.log(y)

    def _inverse_log_det_jacobian(self, y):
        return -unary.log(y)


class Sigmoid(Bijector):
    """y = 1 / (1 + exp(-x))."""

    def __init__(self, validate_args=False, name="sigmoid"):
        super().__init__(name=name)

    def _forward(self, x):
        return unary.sigmoid(x)

    def _inverse(self, y):
        return unary.log(y) - unary.log1p(-y)

    def _inverse_log_det_jacobian(self, y):
        return -unary.log1p(-y) - unary.log(y)

    def _forward_log_det_jacobian(self, x):
        return -nn.softplus(-x) - nn.softplus(x)


class Tanh(Bijector):
    """y = tanh(x)."""

    def __init__(self, validate_args=False, name="tanh"):
        super().__init__(name=name)

    def _forward(self, x):
        return unary.tanh(x)

    def _inverse(self, y):
        return unary.atanh(y)

    def _forward_log_det_jacobian(self, x):
        return 2.0 * (np.log(2.0) - x - nn.softplus(-2.0 * x))


def softplus_inverse(x, name=None):
    """What softplus takes to `x`, log(exp(x) - 1), for positive x."""
    with build.name_scope(name, "softplus_inverse", [x]):
        x = build.convert_to_tensor(x, name="x")
        return x + unary.log(-unary.expm1(-x))


class Softplus(Bijector):
    """y = s log(1 + exp(x / s)).

    Args:
        hinge_softness: s; 1 when None.
    """

    def __init__(self, hinge_softness=None, validate_args=False, name="softplus"):
        self._softness = hinge_softness
        super().__init__(name=name)

    def _scaled(self, x):
        return x if self._softness is None else x / math.cast(self._softness, x.dtype)

    def _back(self, x):
        return x if self._softness is None else x * math.cast(self._softness, x.dtype)

    def _forward(self, x):
        return self._back(nn.softplus(self._scaled(x)))

    def _inverse(self, y):
        return self._back(softplus_inverse(self._scaled(y)))

    def _inverse_log_det_jacobian(self, y):
        return -unary.log(-unary.expm1(-self._scaled(y)))

    def _forward_log_det_jacobian(self, x):
        return -nn.softplus(-self._scaled(x))


class Square(Bijector):
    """y = x^2 for x of at least 0."""

    def __init__(self, validate_args=False, name="square"):
        super().__init__(name=name)

    def _forward(self, x):
        return unary.square(x)

    def _inverse(self, y):
        return unary.sqrt(y)

    def _forward_log_det_jacobian(self, x):
        return np.log(2.0) + unary.log(x)


class PowerTransform(Bijector):
    """y = (1 + c x)^(1 / c), exp(x) for c = 0.

    Args:
        power: c, a number of at least 0.
    """

    def __init__(self, power=0.0, validate_args=False, name="power_transform"):
        if power < 0:
            raise ValueError(f"power must be at least 0, got {power}")
        self.power = power
        super().__init__(name=name)

    def _forward(self, x):
        return unary.exp(unary.log1p(x * self.power) / self.power if self.power else x)

    def _inverse(self, y):
        return unary.expm1(unary.log(y) * self.power) / self.power if self.power else unary.log(y)

    def _inverse_log_det_jacobian(self, y):
        return (self.power - 1.0) * unary.log(y)


class AffineScalar(Bijector):
    """y = scale x + shift, number by number.

    Args:
        shift, scale: floats that fit x; 0 and 1 when None.
    """

    def __init__(self, shift=None, scale=None, validate_args=False, name="affine_scalar"):
        self.shift = None if shift is None else build.convert_to_tensor(shift, name="shift")
        self.scale = None if scale is None else build.convert_to_tensor(scale, name="scale")
        super().__init__(is_constant_jacobian=True, name=name)

    def _forward(self, x):
        x = x if self.scale is None else x * self.scale
        return x if self.shift is None else x + self.shift

    def _inverse(self, y):
        y = y if self.shift is None else y - self.shift
        return y if self.scale is None else y / self.scale

    def _forward_log_det_jacobian(self, x):
        return array.zeros([], x.dtype) if self.scale is None else unary.log(unary.abs(self.scale))


class Affine(Bijector):
    """y = scale @ x + shift, for vectors.

    Args:
        shift: [..., k].
        scale_identity_multiplier: a factor of the unit matrix.
        scale_diag: [..., k], added on the diagonal.
        scale_tril: [..., k, k], whose lower triangle is added. The sum of what is given is the scale; the unit matrix else.
    """

    def __init__(
        self, shift=None, scale_identity_multiplier=None, scale_diag=None, scale_tril=None, scale_perturb_factor=None,
        scale_perturb_diag=None, validate_args=False, name="affine",
    ):  # fmt: skip
        if scale_perturb_factor is not None or scale_perturb_diag is not None:
            raise ValueError("Affine takes no scale_perturb_factor here: give the whole matrix as scale_tril")
        super().__init__(is_constant_jacobian=True, forward_min_event_ndims=1, name=name)
        with build.name_scope(name):
            self.shift = None if shift is None else build.convert_to_tensor(shift, name="shift")
            tril = None if scale_tril is None else build.convert_to_tensor(scale_tril, name="scale_tril")
            diag = None if scale_diag is None else build.convert_to_tensor(scale_diag, name="scale_diag")
            if scale_identity_multiplier is not None:
                factor = build.convert_to_tensor(scale_identity_multiplier, name="scale_identity_multiplier")[..., None]
                like = self.shift if tril is None else tril[..., 0]
                if diag is None and like is None:
                    raise ValueError("scale_identity_multiplier alone does not tell the size: give `shift` too")
                diag = factor * array.ones_like(like) if diag is None else diag + factor
            self._diag, self._tril = diag, None
            if tril is not None:
                tril = diagonal.matrix_band_part(tril, -1, 0)
                self._tril = tril if diag is None else tril + diagonal.matrix_diag(diag)

    def _forward(self, x):
        if self._tril is not None:
            x = matmul.matmul(self._tril, x[..., None])[..., 0]
        elif self._diag is not None:
            x = x * self._diag
        return x if self.shift is None else x + self.shift

    def _inverse(self, y):
        y = y if self.shift is None else y - self.shift
        if self._tril is not None:
            shape = array.concat([array.shape(y), array.shape(y)[-1:]], 0)
            return linalg.matrix_triangular_solve(rearrange.broadcast_to(self._tril, shape), y[..., None])[..., 0]
        return y if self._diag is None else y / self._diag

    def _forward_log_det_jacobian(self, x):
        diag = self._diag if self._tril is None else diagonal.matrix_diag_part(self._tril)
        return array.zeros([], x.dtype) if diag is None else reduce.reduce_sum(unary.log(unary.abs(diag)), -1)


class SoftmaxCentered(Bijector):
    """y = softmax([x, 0]): vectors of k numbers to probabilities of k + 1 classes."""

    def __init__(self, validate_args=False, name="softmax_centered"):
        super().__init__(forward_min_event_ndims=1, name=name)

    def _forward(self, x):
        return nn.softmax(array.concat([x, array.zeros_like(x[..., :1])], -1))

    def _inverse(self, y):
        return unary.log(y[..., :-1]) - unary.log(y[..., -1:])

    def _inverse_log_det_jacobian(self, y):
        return -reduce.reduce_sum(unary.log(y), axis=-1)

    def _forward_log_det_jacobian(self, x):
        size = float(x.shape.as_list()[-1] + 1)
        normal = nn.softplus(reduce.reduce_logsumexp(x, axis=-1, keepdims=True))
        return reduce.reduce_sum(x, -1) - size * normal[..., 0]


class Gumbel(Bijector):
    """y = exp(-exp(-(x - loc) / scale)): its inverse makes Gumbel numbers of uniform ones."""

    def __init__(self, loc=0.0, scale=1.0, validate_args=False, name="gumbel"):
        self.loc = build.convert_to_tensor(loc, name="loc")
        self.scale = build.convert_to_tensor(scale, name="scale")
        super().__init__(name=name)

    def _forward(self, x):
        return unary.exp(-unary.exp(-(x - self.loc) / self.scale))

    def _inverse(self, y):
        return self.loc - self.scale * unary.log(-unary.log(y))

    def _inverse_log_det_jacobian(self, y):
        return unary.log(self.scale / (-unary.log(y) * y))


class Permute(Bijector):
    """y = x with the entries of the last axis in another order.

    Args:
        permutation: int32 vector: y[i] = x[permutation[i]].
    """

    def __init__(self, permutation, validate_args=False, name="permute"):
        self.permutation = build.convert_to_tensor(permutation, name="permutation")
        super().__init__(is_constant_jacobian=True, forward_min_event_ndims=1, name=name)

    def _forward(self, x):
        return gather.gather(x, self.permutation, axis=-1)

    def _inverse(self, y):
        return gather.gather(y, rearrange.invert_permutation(self.permutation), axis=-1)

    def _forward_log_det_jacobian(self, x):
        return array.zeros([], x.dtype)


class Invert(Bijector):
    """The inverse of a bijector."""

    def __init__(self, bijector, validate_args=False, name=None):
        self.bijector = bijector
        super().__init__(
            is_constant_jacobian=bijector.is_constant_jacobian, name=name or f"invert_{bijector.name}",
            forward_min_event_ndims=bijector.forward_min_event_ndims,
        )  # fmt: skip

    def _forward(self, x):
        return self.bijector.inverse(x)

    def _inverse(self, y):
        return self.bijector.forward(y)

    def forward_log_det_jacobian(self, x, event_ndims, name="forward_log_det_jacobian"):
        """As Bijector."""
        return self.bijector.inverse_log_det_jacobian(x, event_ndims)

    def inverse_log_det_jacobian(self, y, event_ndims, name="inverse_log_det_jacobian"):
        """As Bijector."""
        return self.bijector.forward_log_det_jacobian(y, event_ndims)


class Chain(Bijector):
    """Several bijectors, the last one first: Chain([f, g]) is f(g(x))."""

    def __init__(self, bijectors=None, validate_args=False, name=None):
        self.bijectors = list(bijectors or [])
        super().__init__(
            is_constant_jacobian=all(b.is_constant_jacobian for b in self.bijectors),
            forward_min_event_ndims=max((b.forward_min_event_ndims for b in self.bijectors), default=0),
            name=name or ("chain_of_" + "_of_".join(b.name for b in self.bijectors) if self.bijectors else "identity"),
        )  # fmt: skip

    def _forward(self, x):
        for bijector in reversed(self.bijectors):
            x = bijector.forward(x)
        return x

    def _inverse(self, y):
        for bijector in self.bijectors:
            y = bijector.inverse(y)
        return y

    def forward_log_det_jacobian(self, x, event_ndims, name="forward_log_det_jacobian"):
        """As Bijector."""
        x = build.convert_to_tensor(x)
        total = array.zeros([], x.dtype)
        for bijector in reversed(self.bijectors):
            total = total + bijector.forward_log_det_jacobian(x, event_ndims)
            x = bijector.forward(x)
        return total

    def inverse_log_det_jacobian(self, y, event_ndims, name="inverse_log_det_jacobian"):
        """As Bijector."""
        y = build.convert_to_tensor(y)
        total = array.zeros([], y.dtype)
        for bijector in self.bijectors:
            total = total + bijector.inverse_log_det_jacobian(y, event_ndims)
            y = bijector.inverse(y)
        return total


class Inline(Bijector):
    """A bijector made of functions.

    Args:
        forward_fn, inverse_fn: the function and its inverse.
        inverse_log_det_jacobian_fn, forward_log_det_jacobian_fn: one of them, of y or of x.
        forward_min_event_ndims: over how many axes they work as a whole.
    """

    def __init__(
        self, forward_fn=None, inverse_fn=None, inverse_log_det_jacobian_fn=None, forward_log_det_jacobian_fn=None,
        forward_event_shape_fn=None, forward_event_shape_tensor_fn=None, inverse_event_shape_fn=None,
        inverse_event_shape_tensor_fn=None, is_constant_jacobian=False, validate_args=False, forward_min_event_ndims=None,
        inverse_min_event_ndims=None, name="inline",
    ):  # fmt: skip
        given = {
            "_forward": forward_fn, "_inverse": inverse_fn, "_inverse_log_det_jacobian": inverse_log_det_jacobian_fn,
            "_forward_log_det_jacobian": forward_log_det_jacobian_fn,
        }  # fmt: skip
        vars(self).update((key, value) for key, value in given.items() if value is not None)
        count = next((n for n in (forward_min_event_ndims, inverse_min_event_ndims) if n is not None), 0)
        super().__init__(is_constant_jacobian=is_constant_jacobian, forward_min_event_ndims=count, name=name)


class Reshape(Bijector):
    """y = x with its last axes in another shape.

    Args:
        event_shape_out, event_shape_in: lists of sizes.
    """

    def __init__(self, event_shape_out, event_shape_in=(-1,), validate_args=False, name=None):
        self._out, self._in = list(event_shape_out), list(event_shape_in)
        super().__init__(is_constant_jacobian=True, name=name or "reshape", forward_min_event_ndims=len(self._in))

    def _turned(self, x, before, after):
        return array.reshape(x, array.concat([array.shape(x)[: len(x.shape) - len(before)], after], 0))

    def _forward(self, x):
        return self._turned(x, self._in, self._out)

    def _inverse(self, y):
        return self._turned(y, self._out, self._in)

    def _summed(self, change, x, event_ndims):
        return change

    def _forward_log_det_jacobian(self, x):
        return array.zeros([], x.dtype)
