import numpy as np
import pytest

from graphflow._core import shapes
from graphflow._core.shapes import Dimension, TensorShape


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((2, 3), (2, 3), (2, 3)), ((2, 3), (3,), (2, 3)), ((2, 1), (1, 5), (2, 5)), ((None, 3), (2, 3), (2, 3)),
        ((None,), (1,), (None,)), ((None,), (None,), (None,)), (None, (2,), None), ((), (4,), (4,)), ((0,), (1,), (0,)),
    ],
)  # fmt: skip
def test_broadcast(a, b, expected):
    assert shapes.broadcast(a, b) == expected
    assert shapes.broadcast(b, a) == expected


def test_broadcast_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
        shapes.broadcast((2,), (3,))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [((None, 3), (2, None), (2, 3)), (None, (1,), (1,)), ((2,), None, (2,)), ((), (), ())],
)
def test_merge(a, b, expected):
    assert shapes.merge(a, b) == expected


def test_merge_refuses_contradictions():
    with pytest.raises(
        ValueError, match=r"Dimension 1 .* must be equal, but are 2 and 3. Shapes are \[\?,2\] and \[5,3\]"
    ):
        shapes.merge((None, 2), (5, 3))
    with pytest.raises(ValueError, match="Shapes must be equal rank, but are 1 and 2"):
        shapes.merge((2,), (2, 1))


def test_tensor_shape_reads_many_forms():
    for value in ([None, 3], (None, 3), TensorShape([None, 3]), [Dimension(None), Dimension(3)], [None, np.int64(3)]):
        assert TensorShape(value).as_list() == [None, 3]
    assert TensorShape(5).as_list() == [5] and TensorShape(None).ndims is None and TensorShape([]).num_elements() == 1


@pytest.mark.parametrize("bad", [[-1], [1.5], ["a"], "ab", [[2]]])
def test_bad_shapes(bad):
    with pytest.raises((TypeError, ValueError)):
        TensorShape(bad)


def test_text_is_tensorflows():
    assert (
        str(TensorShape([None, 3])) == "(?, 3)"
        and str(TensorShape([3])) == "(3,)"
        and str(TensorShape(None)) == "<unknown>"
    )
    assert repr(TensorShape([None, 3])) == "TensorShape([Dimension(None), Dimension(3)])"


def test_slicing_and_concatenation():
    shape = TensorShape([None, 3, 4])
    assert shape[1] == 3 and shape[0].value is None and shape[1:].as_list() == [3, 4]
    assert (shape + [5]).as_list() == [None, 3, 4, 5] and shape.concatenate(None).ndims is None
    assert TensorShape(None)[2].value is None and TensorShape(None)[:2].ndims == 2


def test_equality_and_truth():
    assert TensorShape([2]) == [2] and TensorShape([2]) != (3,) and not TensorShape(None) and TensorShape([])
    with pytest.raises(ValueError):
        _ = TensorShape(None) != TensorShape([1])


def test_assertions():
    shape = TensorShape([None, 3])
    assert shape.with_rank(2) == shape and shape.merge_with([2, None]).as_list() == [2, 3]
    for bad in (lambda: shape.with_rank(3), lambda: shape.assert_is_fully_defined(), lambda: shape.merge_with([2, 4])):
        with pytest.raises(ValueError):
            bad()


def test_dimension_arithmetic():
    d = Dimension(7)
    assert (d + 1).value == 8 and (10 - d).value == 3 and (d // 2).value == 3 and (d * Dimension(None)).value is None
    assert (d == 7) and (d == Dimension(None)) is None and int(d) == 7 and list(range(Dimension(2))) == [0, 1]
    with pytest.raises(TypeError, match="please use // instead"):
        _ = d / 2
    with pytest.raises(TypeError):
        int(Dimension(None))
