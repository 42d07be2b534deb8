"""The random kernels against what TensorFlow 1.15 drew (tests/oracle/record_philox.py), on NumPy and under jit."""

import collections
import functools
import json
import pathlib

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from graphflow._lowering import (
    philox,
    philox_bounded,
    philox_gamma,
    philox_loops,
    philox_multinomial,
    random_candidates,
)

FIXTURES = pathlib.Path(__file__).parents[1] / "oracle" / "fixtures"
DRAWS = json.loads((FIXTURES / "philox.json").read_text())
EXACT = {"RandomUniform", "RandomUniformInt", "RandomShuffle", "Multinomial", "RandomPoissonV2"}
EXACT |= {"StatelessRandomUniform", "StatelessRandomUniformInt", "StatelessMultinomial"}
# Relative to the larger of 1 and the number. Two steps of a narrow type: XLA may skip roundings in between.
TOLERANCES = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 5e-7, "float64": 2e-14}


def dtype_of(name):
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def array_of(row, name):
    dtype, value = row["inputs"][name]
    return value if isinstance(value, jax.Array) else np.array(value, dtype)  # traced, in a row made by `traced`


def bounds_of(row):
    return [array_of(row, name) for name in ("minval", "maxval")]


def parameters_of(row):
    return [array_of(row, name) for name in ("means", "stdevs", "minvals", "maxvals")]


def leading_shape(row, name):
    """The `shape` input of an op that appends the shape of a parameter to it."""
    return tuple(row["shape"][: len(row["shape"]) - array_of(row, name).ndim])


def plain(function):
    return lambda xp, row, *place: function(xp, *place, tuple(row["shape"]), dtype_of(row["dtype"]))


def with_bounds(function):
    return lambda xp, row, *place: function(xp, *place, tuple(row["shape"]), dtype_of(row["dtype"]), *bounds_of(row))


def classes(function):
    return lambda xp, row, *place: function(
        xp, *place, array_of(row, "logits"), row["inputs"]["num_samples"], dtype_of(row["dtype"])
    )


def shuffled(xp, row, seed, seed2, offset):
    value = array_of(row, "value")
    order = philox_loops.random_shuffle(xp, seed, seed2, offset, len(value))
    return xp.asarray(value)[order]


def gamma(xp, row, seed, seed2, offset):
    shape = leading_shape(row, "alpha")
    return philox_gamma.random_gamma(xp, seed, seed2, offset, shape, array_of(row, "alpha"))


def poisson(xp, row, seed, seed2, offset):
    shape, rate = leading_shape(row, "rate"), array_of(row, "rate")
    return philox_gamma.random_poisson(xp, seed, seed2, offset, shape, rate, dtype_of(row["dtype"]))


def bounded_normal(xp, row, seed, seed2, offset):
    return philox_bounded.parameterized_truncated_normal(
        xp, seed, seed2, offset, tuple(row["shape"]), *parameters_of(row)
    )


# op type -> function of (array module, row of philox.json, then seed, seed2 and offset, or the stateless seed).
KERNELS = {
    "RandomUniform": plain(philox.random_uniform),
    "RandomUniformInt": with_bounds(philox.random_uniform_int),
    "RandomStandardNormal": plain(philox.random_standard_normal),
    "TruncatedNormal": plain(philox_loops.truncated_normal),
    "RandomShuffle": shuffled,
    "Multinomial": classes(philox_multinomial.multinomial),
    "RandomGamma": gamma,
    "RandomPoissonV2": poisson,
    "ParameterizedTruncatedNormal": bounded_normal,
    "StatelessRandomUniform": plain(philox.stateless_random_uniform),
    "StatelessRandomUniformInt": with_bounds(philox.stateless_random_uniform_int),
    "StatelessRandomNormal": plain(philox.stateless_random_normal),
    "StatelessTruncatedNormal": plain(philox_loops.stateless_truncated_normal),
    "StatelessMultinomial": classes(philox_multinomial.stateless_multinomial),
}


def label(row):
    size = "x".join(map(str, row["shape"])) or "scalar"
    return f"{row['values'][0]}-{row['op']}-{row['dtype']}-{size}-{row['seed']}-{row['seed2']}"


def rows(kept):
    return [pytest.param(row, id=label(row)) for row in DRAWS if kept(row)]


def is_grid(row):
    """Whether a row belongs to the ten seeds in four shapes that every common op is recorded with."""
    return row["shape"] in ([], [13], [6, 5], [20, 11]) and row["dtype"] in ("float32", "int32")


@pytest.fixture(scope="module")
def recorded():
    with np.load(FIXTURES / "philox.npz") as file:
        return dict(file)


def reserved(row):
    shape = tuple(row["shape"])
    if row["op"] == "ParameterizedTruncatedNormal":
        shared = philox_bounded.is_shared(*(each.shape for each in parameters_of(row)))
        return philox_bounded.reserved_blocks(shape, shared)
    return philox.RESERVED_BLOCKS[row["op"]](shape)


def check(row, drawn, want):
    assert drawn.dtype == dtype_of(row["dtype"])
    assert drawn.shape == want.shape
    if row["op"] in EXACT:
        np.testing.assert_array_equal(drawn.astype(want.dtype), want)
    else:
        wide, want = drawn.astype(np.float64), want.astype(np.float64)
        excess = np.abs(wide - want) / np.maximum(1.0, np.abs(want))
        assert np.max(excess, initial=0.0) <= TOLERANCES[row["dtype"]]


@pytest.mark.parametrize("row", rows(lambda row: row["op"] in KERNELS and row["seed"] is not None))
def test_stateful_draws_on_numpy(row, recorded):
    for run, want in enumerate(recorded[row["values"][0]]):
        offset = run * reserved(row)
        check(row, KERNELS[row["op"]](np, row, row["seed"], row["seed2"], offset), want)


def arrays_in(row):
    """The array inputs of a row, by name."""
    return {
        name: array_of(row, name) for name, value in row["inputs"].items() if type(value) is list and len(value) == 2
    }


def traced(row, arrays):
    """The row with `arrays` in the places of its array inputs."""
    return {**row, "inputs": {**row["inputs"], **{name: (x.dtype, x) for name, x in arrays.items()}}}


def signature(row):
    """What one compilation is made for: everything but seeds, counters and the numbers in arrays."""
    arrays = arrays_in(row)
    others = [(name, str(value)) for name, value in row["inputs"].items() if name not in arrays]
    kinds = [(name, x.dtype.name, x.shape) for name, x in arrays.items()]
    return row["op"], row["dtype"], tuple(row["shape"]), tuple(others), tuple(kinds)


def alike(kept):
    """Lists of rows that one compilation serves."""
    groups = collections.defaultdict(list)
    for row in filter(kept, DRAWS):
        groups[signature(row)].append(row)
    return [pytest.param(group, id=label(group[0])) for group in groups.values()]


# Most of the time goes into LLVM; the grid of seeds below and the oracle's cases compile as sessions do.
QUICKLY = {"xla_backend_optimization_level": 0}


@pytest.mark.parametrize(
    "group", alike(lambda row: row["op"] in KERNELS and row["seed"] is not None and not is_grid(row))
)
def test_stateful_draws_under_jit(group, recorded):
    kernel = KERNELS[group[0]["op"]]
    with jax.enable_x64(True):
        draw = jax.jit(lambda arrays, *place: kernel(jnp, traced(group[0], arrays), *place), compiler_options=QUICKLY)
        for row in group:
            for run, want in enumerate(recorded[row["values"][0]]):
                place = np.array([row["seed"], row["seed2"], run * reserved(row)]).astype(np.uint64)
                check(row, np.asarray(draw(arrays_in(row), *place)), want)


GRID = sorted({(row["op"], tuple(row["shape"])) for row in DRAWS if row["op"] in KERNELS and is_grid(row)})


@pytest.mark.parametrize(("op", "shape"), GRID)
def test_ten_seeds_under_jit(op, shape, recorded):
    """Traced seeds: one compilation serves all ten."""
    same = [row for row in DRAWS if is_grid(row) and row["op"] == op and tuple(row["shape"]) == shape]
    assert len(same) == 10
    with jax.enable_x64(True):
        draw = jax.jit(lambda *place: KERNELS[op](jnp, same[0], *place))
        for row in same:
            for run, want in enumerate(recorded[row["values"][0]]):
                place = np.array([row["seed"], row["seed2"], run * reserved(row)]).astype(np.uint64)
                check(row, np.asarray(draw(*place)), want)


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jit"])
@pytest.mark.parametrize("row", rows(lambda row: row["op"].startswith("Stateless")))
def test_stateless_draws(row, xp, recorded):
    with jax.enable_x64(True):
        jit = functools.partial(jax.jit, compiler_options=QUICKLY) if xp is jnp else lambda function: function
        drawn = jit(lambda seed: KERNELS[row["op"]](xp, row, seed))(array_of(row, "seed"))
    for want in recorded[row["values"][0]]:
        check(row, np.asarray(drawn), want)


@pytest.mark.parametrize("row", rows(lambda row: row["op"].endswith("CandidateSampler")))
def test_candidate_samplers(row, recorded):
    inputs, place = row["inputs"], (row["seed"], row["seed2"])
    true_classes, num_sampled, unique = array_of(row, "true_classes"), inputs["num_sampled"], inputs["unique"]
    weights = np.ones(inputs.get("range_max", 0), np.int32)
    want = [recorded[name] for name in row["values"]]
    for run in range(len(want[0])):
        common = (*place, run * reserved(row), true_classes, num_sampled, unique)
        if row["op"] == "AllCandidateSampler":
            drawn = random_candidates.all_candidates(true_classes, num_sampled)
        elif row["op"] == "UniformCandidateSampler":
            drawn = random_candidates.uniform_candidates(*common, inputs["range_max"])
        elif row["op"] == "LogUniformCandidateSampler":
            drawn = random_candidates.log_uniform_candidates(*common, inputs["range_max"])
        elif row["op"] == "FixedUnigramCandidateSampler":
            table = random_candidates.unigram_table(
                inputs["unigrams"], inputs["distortion"], inputs["num_reserved_ids"]
            )
            drawn = random_candidates.fixed_unigram_candidates(*common, table)
        else:
            drawn, weights = random_candidates.learned_unigram_candidates(*common, weights)
        np.testing.assert_array_equal(drawn.sampled, want[0][run])
        np.testing.assert_allclose(drawn.true_expected_count, want[1][run], rtol=2e-7)
        np.testing.assert_allclose(drawn.sampled_expected_count, want[2][run], rtol=2e-7)
        assert [part.dtype for part in drawn] == [part.dtype for part in want]


def test_every_recorded_op_is_compared():
    assert {row["op"] for row in DRAWS if not row["op"].endswith("CandidateSampler")} == set(KERNELS)


def test_every_counter_was_recorded():
    counters = {row["op"] for row in DRAWS if row["seed"] is not None} - {"ParameterizedTruncatedNormal"}
    assert counters == set(philox.RESERVED_BLOCKS)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numpy_and_jit_draw_the_same_bits(dtype):
    with jax.enable_x64(True):
        for kernel in (philox.random_standard_normal, philox_loops.truncated_normal):
            traced = jax.jit(lambda offset, kernel=kernel: kernel(jnp, 3, 4, offset, (40000,), dtype))
            want = kernel(np, 3, 4, 2**33, (40000,), dtype)
            difference = np.asarray(traced(np.uint64(2**33))).astype(np.float64) - want.astype(np.float64)
            assert np.abs(difference).max() <= TOLERANCES[np.dtype(dtype).name]


def test_counter_carries_into_its_upper_word():
    late = philox.words(np, philox.stateful(1, 2, 2**32 - 1), 8)
    with jax.enable_x64(True):
        traced = jax.jit(lambda offset: philox.words(jnp, philox.stateful(1, 2, offset), 8))
        np.testing.assert_array_equal(traced(np.uint64(2**32 - 1)), late)
    np.testing.assert_array_equal(late[4:], philox.words(np, philox.stateful(1, 2, 2**32), 4))


def test_philox_known_answers():
    """The vectors that come with the paper's Random123 library: counters and keys of zeros and of ones."""
    ones = 2**64 - 1
    zeros = philox.words(np, philox.stateful(0, 0, 0), 4)
    assert [hex(word) for word in zeros] == ["0x6627e8d5", "0xe169c58d", "0xbc57ac4c", "0x9b00dbd8"]
    full = philox.words(np, philox.stateful(ones, ones, np.uint64(ones)), 4)
    assert [hex(word) for word in full] == ["0x408f276d", "0x41c83b0e", "0xa20bc7c6", "0x6d5451fd"]


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jit"])
def test_impossible_parameters_end(xp):
    """Where TensorFlow fails or never returns there is no number, and no endless loop."""
    rate, alpha = np.array([np.nan, np.inf, 1.0]), np.array([np.nan, -1.0, np.inf, 2.0])
    bounds = [
        np.array(part) for part in ([0.0] * 4, [1.0, -1.0, 1.0, 1.0], [2.0, 0.0, -np.inf, 0.0], [1.0, 1.0, np.inf, 1.0])
    ]

    def draw(rate, alpha, bounds):
        return (
            philox_gamma.random_poisson(xp, 1, 2, 0, (2,), rate, np.float64),
            philox_gamma.random_gamma(xp, 1, 2, 0, (2,), alpha),
            philox_bounded.parameterized_truncated_normal(xp, 1, 2, 0, (4, 3), *bounds),
        )

    with jax.enable_x64(True):
        draw = jax.jit(draw, compiler_options=QUICKLY) if xp is jnp else draw
        counts, drawn, bounded = map(np.asarray, draw(rate, alpha, bounds))
    np.testing.assert_array_equal(np.isnan(counts), [[True, True, False]] * 2)
    np.testing.assert_array_equal(np.isfinite(drawn), [[False, False, False, True]] * 2)
    np.testing.assert_array_equal(np.isnan(bounded).all(axis=1), [True, True, True, False])


def test_counter_of_a_large_parameterized_truncated_normal_moves_back():
    """32-bit arithmetic, seen on the second run of real graphs of these shapes."""
    assert philox_bounded.reserved_blocks((1100000,), True) == 2**64 - 507241824
    assert philox_bounded.reserved_blocks((2, 1100000), False) == 26261176


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1]], 5, True, 4), "5 different candidates from 4 classes"),
        (([[1, 4]], 2, False, 4), r"true classes must be in \[0, 4\), got 1 to 4"),
        (([[-1]], 2, False, 4), r"true classes must be in \[0, 4\), got -1 to -1"),
    ],
)
def test_bad_candidates(arguments, message):
    with pytest.raises(ValueError, match=message):
        random_candidates.uniform_candidates(1, 2, 0, *arguments)


def test_unique_candidates_need_enough_weights():
    table = random_candidates.unigram_table([1.0, 0.0, 2.0])
    with pytest.raises(ValueError, match="3 different candidates from 2 classes"):
        random_candidates.fixed_unigram_candidates(1, 2, 0, [[0]], 3, True, table)


def test_unigrams_of_a_file(tmp_path):
    path = tmp_path / "vocabulary.csv"
    path.write_text("the,3\nof,2.5\n")
    assert random_candidates.read_unigrams(path) == [3.0, 2.5]
    path.write_text("the,3\nof\n")
    with pytest.raises(ValueError, match="line 2: expected a weight"):
        random_candidates.read_unigrams(path)
