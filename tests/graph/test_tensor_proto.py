"""Constants as TensorProtos: the judge's bytes, the way back, and values that contradict themselves."""

import json
import pathlib

import numpy as np
import pytest

from graphflow._core import errors
from graphflow._graph import build, graph, protos, tensor_proto
from tests.oracle import constants

CASES = constants.cases()
FOLDER = pathlib.Path(constants.__file__).parent / "fixtures" / "graph_defs"
RECORDED = {
    name: protos.TensorProto.FromString(bytes.fromhex(content))
    for name, content in json.loads((FOLDER / "tensor_protos.json").read_text(encoding="utf-8")).items()
}


def proto(**fields):
    shape = fields.pop("shape", [])
    made = protos.TensorProto(**fields)
    for size in shape:
        made.tensor_shape.dim.add().size = size
    return made


def test_every_case_was_recorded():
    assert set(RECORDED) == set(CASES), "run tests/oracle/record_graph_defs.py"


@pytest.mark.parametrize("name", CASES)
def test_constants_are_packed_as_the_judge_packs_them(name):
    value, arguments = CASES[name]
    with graph.Graph().as_default():
        assert build.constant(value, **arguments).op.get_attr("value") == RECORDED[name]


@pytest.mark.parametrize("name", CASES)
def test_values_come_back(name):
    value, arguments = CASES[name]
    with graph.Graph().as_default():
        expected = build.constant(value, **arguments).op.attrs["value"]
    found = tensor_proto.make_ndarray(RECORDED[name])
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    assert found.flags.writeable


def test_make_tensor_proto():
    made = tensor_proto.make_tensor_proto([1, 2], dtype="int64", shape=[3])
    np.testing.assert_array_equal(tensor_proto.make_ndarray(made), [1, 2, 2])
    assert tensor_proto.make_tensor_proto(made) is made
    with pytest.raises(TypeError, match="Expected Tensor's shape"):
        tensor_proto.make_tensor_proto([1, 2], shape=[3], verify_shape=True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dtype": 1, "shape": [2, 2], "float_val": [1, 2]}, [[1, 2], [2, 2]]),
        ({"dtype": 3, "shape": [3]}, [0, 0, 0]),
        ({"dtype": 7, "shape": [2]}, [b"", b""]),
        ({"dtype": 7, "shape": [3], "string_val": [b"a", b"b"]}, [b"a", b"b", b"b"]),
        ({"dtype": 8, "shape": [2], "scomplex_val": [1, 2]}, [1 + 2j, 1 + 2j]),
        ({"dtype": 10, "shape": [2], "tensor_content": b"\x00\x07"}, [False, True]),
        ({"dtype": 9, "shape": [1], "int64_val": [4, 5]}, [4]),
        ({"dtype": 4, "shape": [], "int_val": [300]}, 44),
        ({"dtype": 14, "shape": [2], "half_val": [16256]}, [1, 1]),
    ],
)
def test_short_and_long_lists(fields, expected):
    """A short list repeats its last value, an empty one is zeros, a long one is cut."""
    np.testing.assert_array_equal(tensor_proto.read(proto(**fields)), np.array(expected))


def test_a_few_bytes_may_stand_for_terabytes():
    bomb = proto(dtype=1, shape=[10**6, 10**6], float_val=[2.5])
    lazy = tensor_proto.read(bomb)
    assert lazy.shape == (10**6, 10**6) and lazy[123, 456] == 2.5
    again = protos.TensorProto()
    tensor_proto.write(lazy, again)
    assert again == bomb
    with pytest.raises(errors.ResourceExhaustedError, match="4000000000000 bytes"):
        tensor_proto.make_ndarray(bomb)
    with pytest.raises(errors.ResourceExhaustedError, match="4000000000000 bytes"):
        tensor_proto.read(proto(dtype=1, shape=[10**6, 10**6], float_val=[1, 2]))


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"dtype": 1, "shape": [2], "tensor_content": b"abc"}, "3 bytes.*takes 8"),
        ({"dtype": 1, "shape": [-1], "float_val": [1]}, "not fully defined"),
        ({"dtype": 1, "shape": [2**62, 4], "float_val": [1]}, "too large"),
        ({"dtype": 2, "shape": [2**60], "double_val": [1]}, "too large"),
        ({"dtype": 1, "shape": [1] * 300, "float_val": [1]}, "300 axes"),
        ({"dtype": 999, "shape": []}, "DataType 999"),
        ({"dtype": 101, "shape": []}, "float32_ref"),
        ({"dtype": 21, "shape": []}, "variant"),
        ({"dtype": 7, "shape": [1], "tensor_content": b"abc"}, "string_val"),
        ({"dtype": 8, "shape": [1], "scomplex_val": [1, 2, 3]}, "3 parts"),
    ],
)
def test_values_that_contradict_themselves(fields, match):
    with pytest.raises(errors.InvalidArgumentError, match=match):
        tensor_proto.read(proto(**fields))


def test_a_value_has_a_known_rank():
    unknown = proto(dtype=1, float_val=[1])
    unknown.tensor_shape.unknown_rank = True
    with pytest.raises(errors.InvalidArgumentError, match="unknown rank"):
        tensor_proto.read(unknown)


def test_what_protobuf_cannot_carry():
    large = np.lib.stride_tricks.as_strided(np.zeros(2, np.float32), (2**29, 2), (0, 4))
    with pytest.raises(ValueError, match="larger than 2GB"):
        tensor_proto.write(large, protos.TensorProto())
