"""The pytree that stands for a TensorArray."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graphflow._lowering import tensor_array_value
from graphflow._lowering.tensor_array_value import TensorArrayValue

ROWS = np.arange(6.0).reshape(3, 2)


@pytest.fixture(autouse=True)
def strict_float64():
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def rows():
    return jnp.asarray(ROWS)


def array(size=3, **options):
    return TensorArrayValue.create(jnp.float64, size, **options)


def test_first_write_tells_the_element_shape_and_unwritten_elements_are_zeros():
    empty = array()
    assert (empty.element_shape, int(empty.size())) == (None, 3)
    written = empty.write(1, rows()[2])
    assert written.element_shape == (2,)
    assert empty.element_shape is None
    np.testing.assert_array_equal(written.stack(), [[0, 0], [4, 5], [0, 0]])
    np.testing.assert_array_equal(written.read(1), [4, 5])


def test_unstack_gather_scatter():
    full = array().unstack(rows())
    np.testing.assert_array_equal(full.stack(), ROWS)
    np.testing.assert_array_equal(full.gather(jnp.array([2, 0])), ROWS[[2, 0]])
    np.testing.assert_array_equal(array().scatter(jnp.array([2, 0]), rows()[:2]).stack(), [[2, 3], [0, 0], [0, 1]])


def test_split_and_concat():
    pieces = array().split(jnp.arange(6.0), [2, 2, 2])
    np.testing.assert_array_equal(pieces.read(2), [4, 5])
    joined, lengths = pieces.concat()
    np.testing.assert_array_equal(joined, np.arange(6.0))
    np.testing.assert_array_equal(lengths, [2, 2, 2])
    assert lengths.dtype == jnp.int64


def test_dynamic_size_grows_up_to_its_capacity_and_tells_when_past_it():
    grown = array(0, dynamic_size=True, capacity=3)
    for index, size in ((0, 1), (2, 3), (1, 3)):
        grown = grown.write(index, jnp.float64(index + 1))
        assert (int(grown.size()), bool(grown.overflow)) == (size, False)
    np.testing.assert_array_equal(grown.stack(3), [1, 2, 3])
    past = grown.write(3, jnp.float64(4))
    assert (int(past.size()), bool(past.overflow)) == (4, True)
    assert int(grown.scatter(jnp.array([4, 0]), jnp.array([1.0, 2.0])).size()) == 5
    assert not bool(array().overflow)


def test_dynamic_array_makes_room_for_rows_of_known_number():
    grown = array(0, dynamic_size=True, capacity=1).unstack(rows())
    assert (grown.capacity, int(grown.size())) == (3, 3)
    np.testing.assert_array_equal(grown.stack(3), ROWS)


def test_size_known_at_run_time_only():
    @jax.jit
    def make(size):
        made = array(size, element_shape=(), capacity=4).write(1, jnp.float64(5))
        return made, made.size()

    made, size = make(jnp.int32(2))
    assert int(size) == 2
    np.testing.assert_array_equal(made.stack(2), [0, 5])


def test_gradients_flow_through_writes_and_reads():
    def loss(x, y):
        filled = array().unstack(x).write(2, y)
        return jnp.sum(filled.stack() ** 2) + jnp.sum(filled.read(2)) + jnp.sum(filled.gather(jnp.array([0, 0])))

    of_x, of_y = jax.grad(loss, (0, 1))(rows()[:2], jnp.array([7.0, 8.0]))
    np.testing.assert_array_equal(of_x, [[2, 4], [4, 6]])
    np.testing.assert_array_equal(of_y, [15, 17])


def test_materialise_finds_shapes_that_depend_on_one_another():
    def body(carry):
        first, second, idle = carry
        second = second.write(0, first.read(0)[None]) if first.buffer is not None else second
        return first.write(0, jnp.ones((2,), jnp.float64)), second, idle

    shapes = [x.element_shape for x in tensor_array_value.materialise((array(), array(), array()), body)]
    assert shapes == [(2,), (1, 2), None]


def test_errors_say_what_came_and_what_was_expected():
    with pytest.raises(ValueError, match="no negative size, got -1"):
        array(-1)
    with pytest.raises(ValueError, match="needs a capacity"):
        array(2, dynamic_size=True)
    with pytest.raises(ValueError, match="give element_shape"):
        array().read(0)
    with pytest.raises(ValueError, match=r"elements \[2\] got one of shape \[3\]"):
        array(element_shape=(2,)).write(0, jnp.zeros((3,)))
    with pytest.raises(TypeError, match="TensorArray of float64 got int32"):
        array().write(0, jnp.int32(1))
    with pytest.raises(ValueError, match="3 elements cannot take 4 rows"):
        array().unstack(jnp.zeros((4,)))
    with pytest.raises(ValueError, match=r"one shape, got split lengths \[1, 2\]"):
        array(2).split(rows(), [1, 2])
    with pytest.raises(ValueError, match="add up to 4, the value has 3 rows"):
        array(2).split(rows(), [2, 2])
    with pytest.raises(ValueError, match="these are scalars"):
        array().unstack(jnp.zeros((3,))).concat()
    with pytest.raises(ValueError, match="pass size=<int>"):
        array(0, dynamic_size=True, capacity=2, element_shape=()).stack()
