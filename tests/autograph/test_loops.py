"""Loops and branches: what the oracle cannot show, or TensorFlow 1.15 cannot do."""

import pytest

import graphflow as tf
from graphflow._autograph import api


def run(fetches, feeds):
    with tf.Session() as session:
        return session.run(fetches, feeds)


def test_a_loop_of_python_ends_by_a_tensor():
    def first_above(n):
        i = 0
        while True:
            i += 1
            if i * i > n:
                break
        return i

    def in_a_list(n):
        total = 0
        for k in [1, 2, 3]:
            if k > n:
                break
            total += k
        return total

    with tf.Graph().as_default():
        n = tf.placeholder(tf.int32, [])
        found = [api.to_graph(first_above)(n), api.to_graph(in_a_list)(n)]
        assert [run(found, {n: v}) for v in (0, 2, 10)] == [[1, 0], [2, 3], [4, 6]]


def test_deciding_what_a_loop_is_leaves_nothing_in_the_graph():
    def f(n):
        while n > 0:
            n -= 1
        return n

    def same(n):
        return tf.while_loop(lambda n: n > 0, lambda n: (n - 1,), (n,))

    names = []
    for function in (api.to_graph(f), same):
        with tf.Graph().as_default() as graph:
            function(tf.placeholder(tf.int32, []))
            names.append(([op.name for op in graph.get_operations()], sorted(graph._functions), graph._last_id))
    assert names[0] == names[1]


def test_branches_make_the_nodes_of_cond():
    def f(x):
        if x > 0:
            y = x * 2.0
        else:
            y = x
        return y

    def same(x):
        return tf.cond(x > 0, lambda: x * 2.0, lambda: x)

    names = []
    for function in (api.to_graph(f), same):
        with tf.Graph().as_default() as graph:
            function(tf.placeholder(tf.float32, []))
            names.append(([(op.name, op.type) for op in graph.get_operations()], graph._last_id))
    assert names[0] == names[1]


def test_loops_over_datasets_that_change_no_variable():
    count = []

    def f(dataset):
        for x in dataset:
            count.append(x)

    with tf.Graph().as_default():
        assert api.to_graph(f)(tf.data.Dataset.range(3)) is None
    assert len(count) == 1


def test_a_variable_that_is_no_tensor_is_named():
    def f(x):
        if x > 0:
            y = object()
        else:
            y = 1
        return y

    with tf.Graph().as_default(), pytest.raises(TypeError, match='"y" is <object object'):
        api.to_graph(f)(tf.placeholder(tf.int32, []))


def test_variables_of_one_branch_only_may_go_unused():
    def f(x):
        if x > 0:
            t = x * 2
            y = t + 1
        else:
            y = x
        for i in tf.range(x):
            t = y + i
            y = t
        return y

    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [])
        assert run(api.to_graph(f)(x), {x: 3}) == 7 + 0 + 1 + 2


def test_ranges_whose_step_is_not_known():
    def f(start, limit, step):
        found = tf.TensorArray(tf.int32, 0, dynamic_size=True)
        for i in range(start, limit, step):
            if i > 5:
                break
            found = found.write(found.size(), i)
        return found.stack()

    with tf.Graph().as_default():
        inputs = [tf.placeholder(tf.int32, []) for _ in range(3)]
        stacked = api.to_graph(f)(*inputs)
        for given in [(0, 9, 2), (5, 0, -2), (3, 3, 1)]:
            wanted = [i for i in range(*given) if i <= 5]
            assert run(stacked, dict(zip(inputs, given))).tolist() == wanted


def test_rows_of_unknown_number():
    def f(rows):
        total = tf.zeros([2])
        for row in rows:
            total += row
        return total, len(rows)

    with tf.Graph().as_default():
        rows = tf.placeholder(tf.float32, [None, 2])
        total, count = run(api.to_graph(f)(rows), {rows: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]})
        assert (total.tolist(), count) == ([9.0, 12.0], 3)
        with pytest.raises(ValueError, match="non-scalar"):
            api.to_graph(lambda v: len(v))(tf.placeholder(tf.float32, []))
