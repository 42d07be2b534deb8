"""Random draws. Each operation has a stream of its own, given by its seeds; see `seeds.get_seed`."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, asserts, grouping, math, reduce, seeds, slicing

_FLOATS = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)

op_def.not_differentiable(
    "RandomStandardNormal", "ParameterizedTruncatedNormal", "TruncatedNormal", "RandomUniform", "RandomUniformInt",
    "RandomShuffle", "Multinomial", "RandomPoisson", "RandomPoissonV2", "StatelessMultinomial", "StatelessRandomNormal",
    "StatelessRandomUniform", "StatelessRandomUniformInt", "StatelessTruncatedNormal",
    because="a draw does not vary smoothly with what it is drawn from",
)  # fmt: skip


def _seeds(seed):
    first, second = seeds.get_seed(seed)
    return {"seed": first or 0, "seed2": second or 0}


def shape_tensor(shape):
    """A shape argument as a tensor named `shape`; the empty list is int32."""
    if not isinstance(shape, (list, tuple)):
        return build.convert_to_tensor(shape, name="shape")
    sizes = [d.value if isinstance(d, shapes.Dimension) else d for d in shape]
    return build.convert_to_tensor(sizes, dtype=None if sizes else dtypes.int32, name="shape")


@op_def.shape_rule(
    "RandomStandardNormal", "RandomUniform", "RandomUniformInt", "TruncatedNormal", "ParameterizedTruncatedNormal",
    "StatelessRandomNormal", "StatelessRandomUniform", "StatelessRandomUniformInt", "StatelessTruncatedNormal",
)  # fmt: skip
def _drawn_shape(op):
    dims = op.inputs[0]._dims
    if dims is not None and len(dims) != 1:
        raise build.shape_error(op, f"Shape must be rank 1 but is rank {len(dims)}")
    return [static_value.shape_from(op.inputs[0])]


# -- uniform and normal --------------------------------------------------------------------------------------------------


def _scaled(default_name, op_type, shape, mean, stddev, dtype, seed, name):
    """Draws times `stddev` plus `mean`."""
    with build.name_scope(name, default_name, [shape, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = build.convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = build.convert_to_tensor(stddev, dtype=dtype, name="stddev")
        drawn = build.apply(op_type, shape, dtype=dtype, **_seeds(seed))
        return math.add(drawn * stddev, mean, name=scope)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normal numbers.

    Args:
        shape: sizes, or an integer vector.
        mean, stddev: of `dtype`, broadcast to the shape.
        dtype: float16, bfloat16, float32 or float64.
        seed: an integer; with the graph's seed it settles the numbers.
    """
    return _scaled("random_normal", "RandomStandardNormal", shape, mean, stddev, dtype, seed, name)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normal numbers, drawn again until they lie within two standard deviations of the mean; see `random_normal`."""
    return _scaled("truncated_normal", "TruncatedNormal", shape, mean, stddev, dtype, seed, name)


def parameterized_truncated_normal(
    shape, means=0.0, stddevs=1.0, minvals=-2.0, maxvals=2.0, dtype=dtypes.float32, seed=None, name=None
):
    """Normal numbers between bounds; parameters are scalars, or one for each row of the first axis of `shape`."""
    with build.name_scope(name, "parameterized_truncated_normal", [shape, means, stddevs, minvals, maxvals]):
        shape = shape_tensor(shape)
        means = build.convert_to_tensor(means, dtype=dtype, name="means")
        stddevs = build.convert_to_tensor(stddevs, dtype=dtype, name="stddevs")
        minvals = build.convert_to_tensor(minvals, dtype=dtype, name="minvals")
        maxvals = build.convert_to_tensor(maxvals, dtype=dtype, name="maxvals")
        return build.apply("ParameterizedTruncatedNormal", shape, means, stddevs, minvals, maxvals, **_seeds(seed))


def uniform_bounds(maxval, dtype):
    """(dtype, maxval) of a uniform draw; ValueError for a type that has none, or an integer one without `maxval`."""
    dtype = dtypes.as_dtype(dtype)
    if dtype not in (*_FLOATS, dtypes.int32, dtypes.int64):
        raise ValueError(f"Invalid dtype {dtype!r}")
    if maxval is None and dtype.is_integer:
        raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
    return dtype, 1 if maxval is None else maxval


def random_uniform(shape, minval=0, maxval=None, dtype=dtypes.float32, seed=None, name=None):
    """Uniform numbers in [minval, maxval); maxval is 1 for floating types, and must be given for integers.

    Integers carry a slight bias unless the range is a power of two.
    """
    dtype, maxval = uniform_bounds(maxval, dtype)
    with build.name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        minval = build.convert_to_tensor(minval, dtype=dtype, name="min")
        maxval = build.convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return build.apply("RandomUniformInt", shape, minval, maxval, name=scope, **_seeds(seed))
        drawn = build.apply("RandomUniform", shape, dtype=dtype, **_seeds(seed))
        return math.add(drawn * (maxval - minval), minval, name=scope)


# -- choices -------------------------------------------------------------------------------------------------------------


def random_shuffle(value, seed=None, name=None):
    """The rows of `value` in random order."""
    return build.apply("RandomShuffle", value, name=name, **_seeds(seed))


@op_def.shape_rule("RandomShuffle")
def _shuffled_shape(op):
    return [op.inputs[0]._dims]


def random_crop(value, size, seed=None, name=None):
    """A slice of `size` from a random place of `value`; the run raises InvalidArgumentError where it is larger."""
    with build.name_scope(name, "random_crop", [value, size]) as scope:
        value = build.convert_to_tensor(value, name="value")
        size = build.convert_to_tensor(size, dtype=dtypes.int32, name="size")
        shape = array.shape(value)
        fits = reduce.reduce_all(shape >= size)
        check = asserts.Assert(fits, ["Need value.shape >= size, got ", shape, size], summarize=1000)
        shape = grouping.with_dependencies([check], shape)
        limit = shape - size + 1
        largest = size.dtype.max
        offset = random_uniform(array.shape(shape), dtype=size.dtype, maxval=largest, seed=seed) % limit
        return slicing.slice(value, offset, size, name=scope)


def multinomial(logits, num_samples, seed=None, name=None, output_dtype=None):
    """Class numbers drawn from rows of unnormalised log-probabilities: `[batch, num_samples]`, int64 by default."""
    with build.name_scope(name, "multinomial", [logits]):
        return _classes(logits, num_samples, output_dtype, seed)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """As `multinomial`, the name TensorFlow gave it later."""
    with build.name_scope(name, "categorical", [logits]):
        return _classes(logits, num_samples, dtype, seed)


def _classes(logits, num_samples, dtype, seed):
    logits = build.convert_to_tensor(logits, name="logits")
    return build.apply("Multinomial", logits, num_samples, output_dtype=dtype, **_seeds(seed))


@op_def.shape_rule("Multinomial", "StatelessMultinomial")
def _classes_shape(op):
    logits, samples = op.inputs[0]._dims, op.inputs[1]._dims
    for dims, rank in ((logits, 2), (samples, 0)):
        if dims is not None and len(dims) != rank:
            raise build.shape_error(op, f"Shape must be rank {rank} but is rank {len(dims)}")
    return [(logits[0] if logits else None, static_value.known_int(op.inputs[1]))]


# -- gamma and poisson ---------------------------------------------------------------------------------------------------


def random_gamma(shape, alpha, beta=None, dtype=dtypes.float32, seed=None, name=None):
    """Gamma numbers, `shape + broadcast(alpha, beta).shape`.

    Args:
        alpha: the shape parameter, of `dtype`: float16, float32 or float64.
        beta: the rate, 1 when None.
    """
    with build.name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = build.convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        alpha = build.convert_to_tensor(alpha, name="alpha", dtype=dtype)
        beta = build.convert_to_tensor(1 if beta is None else beta, name="beta", dtype=dtype)
        alpha = alpha + array.zeros_like(beta)
        drawn = build.apply("RandomGamma", shape, alpha, **_seeds(seed))
        smallest = np.finfo(alpha.dtype.as_numpy_dtype).tiny
        return math.maximum(smallest, drawn / beta)


@op_def.shape_rule("RandomGamma", "RandomPoisson", "RandomPoissonV2")
def _each_shape(op):
    drawn, each = static_value.shape_from(op.inputs[0]), op.inputs[1]._dims
    return [None if drawn is None or each is None else drawn + each]


@op_def.gradient("RandomGamma")
def _gamma_gradient(op, grad):
    """The draw moves with alpha at a fixed value of its distribution function; as many draws were made for each alpha."""
    shape, alpha = op.inputs
    sample = op.outputs[0]
    partial = build.apply("RandomGammaGrad", alpha, sample)
    return None, reduce.reduce_sum(grad * partial, axis=math.range(0, array.size(shape)))


@op_def.shape_rule("RandomGammaGrad")
def _gamma_gradient_shape(op):
    try:
        return [shapes.broadcast(op.inputs[0]._dims, op.inputs[1]._dims)]
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


def random_poisson(lam, shape, dtype=dtypes.float32, seed=None, name=None):
    """Poisson numbers of rate `lam`: `shape + lam.shape` of `dtype`."""
    with build.name_scope(name, "random_poisson", [lam, shape]):
        shape = build.convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        return build.apply("RandomPoissonV2", shape, lam, dtype=dtype, **_seeds(seed))
