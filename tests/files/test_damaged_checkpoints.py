"""Checkpoints that cannot be right: an error of ours that says what and where, nothing changed, nothing allocated."""

import struct

import numpy as np
import pytest

import graphflow as tf
from graphflow._files import bundle, bundle_writer, checksum, slices, table, varint
from graphflow._graph import protos

FLOAT = 1
VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


def items():
    yield bundle_writer.Item("a", None, VALUES)
    yield bundle_writer.Item("nan", None, np.float32([np.nan]))
    yield bundle_writer.Item("t", None, np.array([b"one", b"two" * 9], object))
    for start in (0, 2):
        piece = slices.parse(f"4 3 {start},2:0,3")
        yield bundle_writer.Item("p", piece, np.full((2, 3), float(start), np.float32))


@pytest.fixture
def prefix(tmp_path):
    path = str(tmp_path / "model")
    bundle_writer.write(path, items())
    return path


def entries_of(prefix):
    rows = dict(table.Reader(prefix + ".index").items())
    del rows[b""]
    return {key: protos.BundleEntryProto.FromString(value) for key, value in rows.items()}


def put(prefix, data):
    with open(prefix + ".index", "wb") as file:
        file.write(data)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def read_all(prefix):
    reader = tf.train.load_checkpoint(prefix)
    return [reader.get_tensor(name) for name in reader.get_variable_to_shape_map()]


def refused(prefix, error, text):
    with pytest.raises(error, match=text):
        read_all(prefix)


def test_a_good_checkpoint(prefix):
    a, nan, whole, words = read_all(prefix)
    assert np.array_equal(a, VALUES) and np.isnan(nan).all()
    assert whole.tolist() == [[0.0] * 3] * 2 + [[2.0] * 3] * 2
    assert words.tolist() == [b"one", b"two" * 9]


# -- the table -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 47])
def test_too_short(prefix, size):
    put(prefix, content(prefix + ".index")[:size])
    refused(prefix, tf.errors.DataLossError, f"{size} bytes are too short to be an sstable")


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data[:-1] + b"\x00"])
def test_bad_magic(prefix, change):
    put(prefix, change(content(prefix + ".index")))
    refused(prefix, tf.errors.DataLossError, r"bad magic number\): perhaps it is a .data file")


def test_any_flipped_bit_is_found(prefix):
    good = content(prefix + ".index")
    ((_, size),) = table.Reader(prefix + ".index").blocks
    for at in range(0, size + 5, 7):
        bad = bytearray(good)
        bad[at] ^= 1 << (at % 8)
        put(prefix, bad)
        with pytest.raises(tf.errors.DataLossError, match="checksum mismatch at offset"):
            read_all(prefix)


def with_footer(data, offset, size):
    handles = varint.encode(0) + varint.encode(0) + varint.encode(offset) + varint.encode(size)
    return data[:-48] + handles.ljust(40, b"\0") + table.MAGIC


@pytest.mark.parametrize(("offset", "size"), [(1 << 63, 10), (10, 1 << 60), (10**6, 4)])
def test_handles_outside_the_file(prefix, offset, size):
    put(prefix, with_footer(content(prefix + ".index"), offset, size))
    refused(prefix, tf.errors.DataLossError, "lies outside the file")


def test_an_endless_number(prefix):
    data = content(prefix + ".index")
    put(prefix, data[:-48] + b"\xff" * 40 + table.MAGIC)
    refused(prefix, tf.errors.DataLossError, "the footer is damaged: a varint of more than 64 bits")


def as_table(block, kind=0):
    """A file whose only data block has these bytes, with right checksums."""
    stored = bytes(block) + bytes([kind])
    out = stored + struct.pack("<I", checksum.masked(stored))
    handle = varint.encode(0) + varint.encode(len(block))
    index = varint.encode(0) + varint.encode(1) + varint.encode(len(handle)) + b"z" + handle + struct.pack("<II", 0, 1)
    at = len(out)
    out += index + b"\0" + struct.pack("<I", checksum.masked(index + b"\0"))
    return with_footer(out + b"\0" * 48, at, len(index))


def entry(shared, key, value, length=None):
    return (
        varint.encode(shared)
        + varint.encode(len(key))
        + varint.encode(len(value) if length is None else length)
        + key
        + value
    )


END = struct.pack("<II", 0, 1)
BLOCKS = {
    "longer shared part than there is": (entry(5, b"x", b"") + END, "an entry does not fit"),
    "value past the end": (entry(0, b"x", b"v", length=1000) + END, "an entry does not fit"),
    "too many restarts": (entry(0, b"x", b"") + struct.pack("<I", 1 << 31), "claims 2147483648 restarts"),
    "endless number": (b"\xff" * 30 + END, "a varint of more than 32 bits"),
    "too short": (b"ab", "is too short"),
    "no header": (entry(0, b"x", b"") + END, "the header is missing"),
    "not sorted": (entry(0, b"", b"\x08\x01") + entry(0, b"b", b"") + entry(0, b"a", b"") + END, "keys are not sorted"),
    "twice the same": (
        entry(0, b"", b"\x08\x01") + entry(0, b"b", b"") + entry(0, b"b", b"") + END,
        "keys are not sorted",
    ),
    "entry that is none": (entry(0, b"", b"\x08\x01") + entry(0, b"b", b"\xff\xff") + END, "the entry b'b' is damaged"),
    "no shards": (entry(0, b"", b"\x08\x00") + END, "it claims 0 data files"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_that_make_no_sense(prefix, name):
    block, text = BLOCKS[name]
    put(prefix, as_table(block))
    refused(prefix, tf.errors.DataLossError, text)


def test_compression(prefix):
    put(prefix, as_table(entry(0, b"", b"\x08\x01") + END, kind=77))
    refused(prefix, tf.errors.UnimplementedError, "compression type 77")
    put(prefix, as_table(b"\x05\x00", kind=1))
    refused(prefix, tf.errors.DataLossError, "does not unpack: a snappy literal runs past the end")


def test_a_packed_block_is_read(prefix):
    block = table.Reader(prefix + ".index")
    with open(block.path, "rb") as file:
        offset, size = block.blocks[0]
        plain = block._block(file, offset, size)
    packed = varint.encode(len(plain)) + bytes([61 << 2]) + struct.pack("<H", len(plain) - 1) + plain
    put(prefix, as_table(packed, kind=1))
    assert len(read_all(prefix)) == 4


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"num_shards": 1, "endianness": 1}, "big-endian"),
        ({"num_shards": 1, "version": protos.VersionDef(min_consumer=9)}, "asks for readers of version 9"),
    ],
)
def test_headers_of_another_kind(prefix, header, text):
    rows = [(b"", protos.BundleHeaderProto(**header).SerializeToString())]
    put(prefix, table.pack(rows))
    refused(prefix, tf.errors.UnimplementedError, text)


# -- entries -------------------------------------------------------------------------------------------------------------


def dims(*sizes):
    return protos.TensorShapeProto(dim=[protos.TensorShapeProto.Dim(size=size) for size in sizes])


INVALID, LOSS, MISSING = tf.errors.InvalidArgumentError, tf.errors.DataLossError, tf.errors.NotFoundError
ENTRIES = {
    "negative size": ({"shape": dims(-5)}, INVALID, r"the tensor a has the shape \[-5\]"),
    "size that overflows": ({"shape": dims(1 << 62, 4)}, INVALID, "more elements than can be counted"),
    "unknown rank": ({"shape": protos.TensorShapeProto(unknown_rank=True)}, INVALID, "the tensor a has the shape"),
    "unknown type": ({"dtype": 999}, INVALID, "the tensor a has the type 999"),
    "negative offset": ({"offset": -8}, LOSS, "is said to be at -8"),
    "offset past the end": ({"offset": 1 << 40}, LOSS, "is said to be at 1099511627776"),
    "size of another shape": ({"shape": dims(7)}, LOSS, r"has 24 bytes, and float32\[7\] needs 28"),
    "enormous size": (
        {"size": 1 << 60, "shape": dims(1 << 58)},
        LOSS,
        "is said to be at 0, 1152921504606846976 bytes long",
    ),
    "wrong checksum": ({"crc32c": 1}, LOSS, "checksum does not match for the tensor a"),
    "no such shard": ({"shard_id": 9}, MISSING, "is said to be in data file 9 of 1"),
    "texts for ever": ({"dtype": 7, "shape": dims(1 << 45), "size": 8}, LOSS, "has 8 bytes, and string"),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_that_make_no_sense(prefix, name):
    changes, error, text = ENTRIES[name]
    found = entries_of(prefix)
    for field, value in changes.items():
        if hasattr(value, "SerializeToString"):
            getattr(found[b"a"], field).CopyFrom(value)
        else:
            setattr(found[b"a"], field, value)
    put(prefix, bundle_writer.pack_index(found))
    refused(prefix, error, text)


def test_the_data_file_is_missing(prefix, tmp_path):
    (tmp_path / "model.data-00000-of-00001").unlink()
    refused(prefix, MISSING, "model.data-00000-of-00001: the data file of the checkpoint is missing")


def test_any_flipped_byte_of_the_data_is_found(prefix):
    path = bundle.data_file(prefix, 0, 1)
    good = content(path)
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 255
        with open(path, "wb") as file:
            file.write(bad)
        with pytest.raises(tf.errors.DataLossError):
            read_all(prefix)


@pytest.mark.parametrize(
    ("lengths", "text"),
    [
        (varint.encode(3) + varint.encode(1 << 40), "texts take"),
        (b"\xff" * 12, "more than 64 bits"),
        (varint.encode(3), "the checksum of the lengths|past the end|texts take"),
    ],
)
def test_texts_whose_lengths_are_wrong(prefix, lengths, text):
    numbers = [3, 1 << 40]
    sums = b"".join(bundle._length_bytes(n) for n in numbers)
    data = lengths + struct.pack("<I", checksum.masked(sums)) + b"one"
    with open(bundle.data_file(prefix, 0, 1), "wb") as file:
        file.write(data)
    found = {b"t": protos.BundleEntryProto(dtype=7, shape=dims(2), size=len(data))}
    put(prefix, bundle_writer.pack_index(found))
    refused(prefix, LOSS, text)


def extents(*pairs):
    return protos.TensorSliceProto(extent=[protos.TensorSliceProto.Extent(start=s, length=n) for s, n in pairs])


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([((0, 2), (0, 3))], "leave holes or overlap"),
        ([((0, 2), (0, 3)), ((0, 2), (0, 3))], "leave holes or overlap"),
        ([((0, 2), (0, 3)), ((3, 2), (0, 3))], "lies outside"),
        ([((0, 2), (0, 3)), ((1, 2), (0, 3))], "its bytes are not there"),
        ([((0, 2),)], "a slice of the tensor p is wrong"),
        ([((-1, 2), (0, 3))], "lies outside"),
    ],
)
def test_slices_that_do_not_fit(prefix, pieces, text):
    found = entries_of(prefix)
    del found[b"p"].slices[:]
    found[b"p"].slices.extend([extents(*piece) for piece in pieces])
    put(prefix, bundle_writer.pack_index(found))
    refused(prefix, LOSS, text)


def test_mutants_raise_errors_of_ours_only(prefix):
    """Bytes changed behind the checksums: whatever the entries say, reading ends with an answer or a tf.errors error."""
    rng = np.random.RandomState(0)
    rows = list(table.Reader(prefix + ".index").items())
    answers = 0
    for _ in range(500):
        mutant = []
        for key, value in rows:
            value = bytearray(value)
            if value and rng.rand() < 0.4:
                value[rng.randint(len(value))] = rng.randint(256)
            mutant.append((key, bytes(value)))
        put(prefix, table.pack(mutant))
        try:
            read_all(prefix)
            answers += 1
        except tf.errors.OpError:
            pass
    assert 0 < answers < 500


# -- names that are no checkpoint's --------------------------------------------------------------------------------------


@pytest.fixture
def saver():
    with tf.Graph().as_default(), tf.Session() as sess:
        a = tf.get_variable("a", initializer=np.zeros((2, 3), np.float32))
        other = tf.get_variable("nan", initializer=np.zeros(1, np.float32))
        sess.run(tf.global_variables_initializer())
        yield tf.train.Saver(), sess, [a, other]


@pytest.mark.parametrize("suffix", [".index", ".data-00000-of-00001", ".meta"])
def test_one_of_the_files_stands_for_the_checkpoint(prefix, saver, suffix):
    model, sess, (a, _) = saver
    model.restore(sess, prefix + suffix)
    assert np.array_equal(sess.run(a), VALUES)


def test_names_of_other_things(prefix, saver, tmp_path):
    model, sess, _ = saver
    (tmp_path / "weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    with pytest.raises(
        ValueError, match="is a folder; a checkpoint in it is named like .*; there are the checkpoints .*model"
    ):
        model.restore(sess, str(tmp_path))
    with pytest.raises(ValueError, match="not a valid checkpoint: .*nope.*; there are the checkpoints .*model"):
        model.restore(sess, str(tmp_path / "nope"))
    with pytest.raises(tf.errors.DataLossError, match="it is an HDF5 file: load it with Keras"):
        model.restore(sess, str(tmp_path / "weights.h5"))


def test_all_that_differs_is_listed_and_nothing_changes(prefix):
    with tf.Graph().as_default(), tf.Session() as sess:
        right = tf.get_variable("nan", [1])
        wrong = tf.get_variable("x", [4])
        integer = tf.get_variable("y", [4, 3], tf.int32)
        resource = tf.get_variable("z", [5], use_resource=True)
        sess.run(tf.global_variables_initializer())
        before = sess.run([right, wrong, integer, resource])
        names = {"nan": right, "a": wrong, "p": integer}
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            tf.train.Saver({**names, "t": tf.get_variable("w", [2], tf.string)}).restore(sess, prefix)
        assert "a has shape [2, 3] in the checkpoint (rhs), [4] in the graph (lhs)" in str(caught.value)
        assert "p is float32 in the checkpoint, int32 in the graph" in str(caught.value)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"a has shape \[2, 3\] in the checkpoint .*\[5\] in the graph"
        ):
            tf.train.Saver({"nan": right, "a": resource}).restore(sess, prefix)
        with pytest.raises(
            tf.errors.NotFoundError, match="Key one not found in checkpoint .*; 1 more are missing: two"
        ):
            tf.train.Saver({"nan": right, "one": wrong, "two": resource}).restore(sess, prefix)
        for old, new in zip(before, sess.run([right, wrong, integer, resource])):
            assert np.array_equal(old, new)


# -- state files ---------------------------------------------------------------------------------------------------------


def state(folder, text):
    (folder / "checkpoint").write_bytes(text if isinstance(text, bytes) else text.encode())
    return tf.train.latest_checkpoint(str(folder))


def test_state_files(prefix, tmp_path, caplog):
    assert state(tmp_path, 'model_checkpoint_path: "model"') == prefix
    assert state(tmp_path, f'model_checkpoint_path: "{prefix}"') == prefix
    assert state(tmp_path, 'model_checkpoint_path: "/moved/away/model"') == prefix
    assert "/moved/away/model is not there any more" in caplog.text
    assert state(tmp_path, 'model_checkpoint_path: "../../etc/model"') == prefix
    assert "leads out of" in caplog.text
    assert state(tmp_path, 'model_checkpoint_path: "gone"') is None
    assert state(tmp_path, b"\xff\x00 junk") is None
    assert state(tmp_path, "no_such_field: 3") is None
    assert state(tmp_path, b"#" * (17 << 20)) is None
    with pytest.raises(ValueError, match="Invalid checkpoint state"):
        state(tmp_path, "")
