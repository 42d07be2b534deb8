"""What cannot work here raises an error that says what to do instead; tools of tf.test that the judge cannot judge."""

import pytest

import graphflow as tf

REFUSED = {
    "get_session_handle": lambda: tf.get_session_handle(1.0),
    "cluster": lambda: tf.test.create_local_cluster(1, 1),
    "host": lambda: tf.config.experimental_connect_to_host("other"),
    "quantized": lambda: tf.nn.quantized_relu_x(1, 2, 3, 4),
    "protos": lambda: tf.io.decode_proto(b"", "Message", [], []),
}
INSTEAD = {
    "get_session_handle": "tf.Variable", "cluster": "one process", "host": "one process", "quantized": "fake_quant",
    "protos": "py_func",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_says_what_to_do_instead(name):
    with pytest.raises(tf.errors.UnimplementedError, match=INSTEAD[name]):
        REFUSED[name]()


def test_a_benchmark_reports_and_returns_its_times(capsys):
    class Products(tf.test.Benchmark):
        pass

    with tf.Session() as session:
        found = Products().run_op_benchmark(session, tf.constant(1.0) * 2.0, min_iters=3, name="double")
    assert found["iters"] == 3 and found["wall_time"] > 0 and found["name"] == "double"
    assert capsys.readouterr().out.startswith("Products.double iters: 3 wall_time:")
    assert tf.test.Benchmark.is_abstract() and not Products.is_abstract()


def test_stand_ins_are_put_back_at_the_end_of_a_block():
    class Thing:
        @staticmethod
        def word():
            return "old"

    with tf.test.StubOutForTesting() as stubs:
        stubs.Set(Thing, "word", staticmethod(lambda: "new"))
        assert Thing.word() == "new"
    assert Thing().word() == "old"
    with pytest.raises(AttributeError):
        tf.test.StubOutForTesting().Set(Thing, "nothing", 1)


def test_visible_devices_are_those_chosen():
    (cpu, *_) = tf.config.experimental.list_physical_devices("CPU")
    try:
        tf.config.experimental.set_visible_devices([], "CPU")
        assert tf.config.experimental.get_visible_devices("CPU") == []
    finally:
        tf.config.experimental.set_visible_devices(cpu, "CPU")
    assert tf.config.experimental.get_visible_devices("CPU") == [cpu]
