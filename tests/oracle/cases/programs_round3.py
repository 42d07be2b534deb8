"""Programs as people wrote them from 2016 to 2019: trees, staging areas, evaluation of checkpoints, and what tools print."""

import numpy as np

from tests.oracle.harness import Folder, case, floats, script


@case(feeds={"words": np.array([1, 2, 3, 0, 0], np.int32), "left": np.array([0, 0, 0, 0, 3], np.int32)}, graph=False, rtol=1e-4)
def tree_of_nodes(tf):
    """A recursive network over a tree: an array that grows, whose elements a branch of the loop reads, joined at the end."""
    words, left = tf.placeholder(tf.int32, [None], name="words"), tf.placeholder(tf.int32, [None], name="left")
    table = tf.get_variable("table", initializer=floats(4, 3, seed=1))
    joint = tf.get_variable("joint", initializer=floats(6, 3, seed=2))
    nodes = tf.TensorArray(tf.float32, size=0, dynamic_size=True, clear_after_read=False, infer_shape=False)

    def leaf(i):
        return tf.expand_dims(tf.gather(table, tf.gather(words, i)), 0)

    def inner(i, nodes):
        at = tf.gather(left, i)
        return tf.tanh(tf.matmul(tf.concat([nodes.read(at), nodes.read(i - 2)], 1), joint))

    def step(nodes, i):
        node = tf.cond(tf.less(i, 3), lambda: leaf(i), lambda: inner(i, nodes))
        return nodes.write(i, node), i + 1

    nodes, _ = tf.while_loop(lambda _, i: i < tf.shape(words)[0], step, [nodes, 0], parallel_iterations=1)
    states = nodes.concat()
    states.set_shape([None, 3])
    root = nodes.read(nodes.size() - 1)
    loss = tf.reduce_sum(tf.square(states)) + tf.reduce_sum(root)
    slopes = tf.gradients(loss, [table, joint])
    return {"states": states, "root": root, "of_table": tf.convert_to_tensor(slopes[0]), "of_joint": slopes[1]}


@script()
def shapes_of_numbers_of_unknown_rank(tf):
    """A placeholder without a shape that stands for one size of a shape."""
    n, m = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    x = tf.placeholder(tf.float32, [None, None, 6])
    made = [
        tf.reshape(x, [-1, n, 6]), tf.zeros([n, 3]), tf.stack([n, 6]), tf.fill([n, 2], 1.0), tf.random_normal([n, 4]),
        tf.tile(tf.zeros([1, 3]), [n, 1]), tf.broadcast_to(1.0, [n, 4]), tf.reshape(x, tf.stack([n, -1, 3])), tf.zeros([n, m]),
        tf.reshape(x, tf.concat([[n], [4]], 0)), tf.slice(tf.zeros([5, 4]), [n, 0], [2, -1]), tf.zeros([5, 4])[n:, 1],
        tf.image.resize_images(tf.zeros([1, 4, 4, 3]), [n, n]), tf.reshape(x, [n, m]), tf.stack([n, m]), tf.reshape(x, [m]),
    ]  # fmt: skip
    return {"shapes": " ".join(str(t.shape) for t in made)}


@script()
def staging_areas(tf):
    index = tf.placeholder(tf.int32, [])
    area = tf.contrib.staging.StagingArea([tf.float32, tf.int32], names=["a", "b"], shapes=[[2], None], capacity=2)
    put = area.put({"a": tf.fill([2], tf.to_float(index)), "b": index})
    taken, size, second, clear = area.get(), area.size(), area.peek(1), area.clear()
    single = tf.contrib.staging.StagingArea([tf.float32])
    with tf.device("/gpu:0"):
        both = [single.put([tf.to_float(index) * 2]), single.get("out")]
    found = {"names": [op.name for op in (put, taken["a"].op, size.op, second["b"].op, clear)] + [area.name, single.name]}
    found["shapes"] = [str(t.shape) for t in (taken["a"], taken["b"], both[1][0])]
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        for i in range(2):
            session.run(put, {index: i})
        found["second"], found["size"] = session.run(second), session.run(size)
        found["first"] = session.run(taken)
        session.run(put, {index: 2})
        session.run(clear)
        found["left"] = session.run(size)
        session.run(both[0], {index: 3})
        found["double"] = session.run(both[1])
    for wrong in ([tf.zeros([2]), 1], {"c": tf.zeros([2])}, {"a": tf.zeros([2]), "b": tf.zeros([])}):
        try:
            area.put(wrong)
            found[str(len(found))] = "fine"
        except ValueError as error:
            found[str(len(found))] = type(error).__name__
    return found


@script()
def evaluations_of_slim(tf):
    slim = tf.contrib.slim
    tf.summary.FileWriterCache.clear()  # it goes by the name of the folder, which others call `eval` too
    with Folder():
        with tf.Graph().as_default(), tf.Session() as session:
            weight, step = tf.get_variable("weight", initializer=3.0), tf.train.get_or_create_global_step()
            session.run(tf.global_variables_initializer())
            saver = tf.train.Saver()
            for _ in range(2):
                saver.save(session, "train/model", global_step=session.run(step))
                session.run([tf.assign_add(step, 1), tf.assign(weight, 5.0)])
        found = {}
        for name in ("once", "loop"):
            with tf.Graph().as_default():
                weight = slim.variable("weight", shape=[])
                tf.train.get_or_create_global_step()
                count = slim.local_variable(tf.constant(0.0), name="count")
                tf.summary.scalar("weight", weight)
                mean, update = tf.metrics.mean(weight * tf.assign_add(count, 1.0))
                options = dict(num_evals=3, eval_op=[update], final_op=[mean, weight])
                if name == "once":
                    path = tf.train.latest_checkpoint("train")
                    found[name] = slim.evaluation.evaluate_once("", path, "eval", hooks=[], **options)
                else:
                    found[name] = slim.evaluation.evaluation_loop(
                        "", "train", "eval", eval_interval_secs=0, max_number_of_evaluations=1,
                        variables_to_restore=slim.get_variables_to_restore(), **options
                    )  # fmt: skip
        found["tags"] = [
            value.tag
            for path in sorted(tf.gfile.Glob("eval/*"))
            for event in tf.train.summary_iterator(path)
            for value in event.summary.value
        ]
    return {key: np.array(value) if key != "tags" else value for key, value in found.items()}


@case(feeds={"x": floats(4, 5, 3, seed=2)}, graph=False)
def percentiles(tf):
    x = tf.placeholder(tf.float32, [4, 5, 3], name="x")
    percentile = tf.contrib.distributions.percentile
    return [
        percentile(x, 50.0), percentile(x, 30, axis=1), percentile(x, 30, axis=[0, 2], interpolation="lower"),
        percentile(x, 30, axis=[-1], interpolation="higher", keep_dims=True), percentile(x, 20.0, keep_dims=True),
    ]  # fmt: skip


@case(graph=False)
def texts_in_batches(tf):
    """Single texts that are batched with padding beside rows of numbers."""
    texts = tf.data.Dataset.from_tensor_slices(["a,b", "c", "dd,e,f"]).map(lambda line: tf.string_split([line], ",").values)
    first = tf.data.Dataset.zip((texts.map(lambda v: v[0]), texts, tf.data.Dataset.range(3)))
    return first.padded_batch(2, ([], [None], [])).make_one_shot_iterator().get_next()


@script()
def what_is_printed(tf):
    """Tensors with a device, operations as text, datasets, distributions."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.device("/gpu:1"):
        y = tf.square(x)
    with tf.device("/job:ps/task:0"):
        w = tf.get_variable("w", [2])
    data = tf.data.Dataset
    shown = [
        y, [y], w.value(), w.read_value(), x.op, y.op, tf.distributions.Normal([0.0, 1.0], 1.0), data.range(3).batch(2),
        repr(tf.distributions.Bernoulli(0.5)), tf.distributions.Uniform(tf.placeholder(tf.float32), 1.0),
        tf.data.TextLineDataset("x"), tf.data.TFRecordDataset("x").repeat(),
    ]  # fmt: skip
    loss = tf.reduce_sum(tf.square(w) * 3.0)
    curve, slope = tf.hessians(loss, w, name="unused")[0], tf.gradients(loss, w)[0]
    return {"text": "\n".join(str(one) for one in shown), "hessian": curve.name, "scope": slope.name.split("/")[0]}
