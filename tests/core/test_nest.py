import collections

import pytest

from graphflow._core import nest

Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (3, [3]), ([1, (2, [3])], [1, 2, 3]), ({"b": 1, "a": (2,)}, [2, 1]), (Point(1, [2]), [1, 2]), ([], []), ((), []),
        ("text", ["text"]),
    ],
)  # fmt: skip
def test_flatten_and_pack(structure, leaves):
    assert nest.flatten(structure) == leaves
    packed = nest.pack_sequence_as(structure, leaves)
    assert packed == structure and type(packed) is type(structure)


def test_pack_counts():
    with pytest.raises(ValueError, match="Structure had 2 elements, but flat_sequence had 1"):
        nest.pack_sequence_as([1, 2], [1])


def test_map_structure():
    assert nest.map_structure(lambda a, b: a + b, {"a": 1, "b": [2]}, {"a": 10, "b": [20]}) == {"a": 11, "b": [22]}
    with pytest.raises(ValueError):
        nest.map_structure(lambda a, b: a, [1], [1, 2])
    with pytest.raises(TypeError, match="sequence type"):
        nest.map_structure(lambda a, b: a, [1], (1,))


def test_a_deep_structure_flattens_without_recursion():
    deep = []
    for _ in range(50_000):
        deep = [deep, 1]
    assert len(nest.flatten(deep)) == 50_000


def test_up_to():
    assert nest.flatten_up_to([1, 2], [[1, 2], 3]) == [[1, 2], 3]
    assert nest.map_structure_up_to([0, 0], lambda x: len(x), [[1, 2], [3]]) == [2, 1]
