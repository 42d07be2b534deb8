"""Files as real TensorFlow writes them, for tests that read them: checkpoints of both versions, a meta graph, a SavedModel.

    python3.7 -m tests.oracle.record_files [folder]        in the Python that has TensorFlow 1.15.5
    python3   -m tests.oracle.record_files --two [folder]  in one that has TensorFlow 2

The folder is fixtures/files; `values.npz` (`values_two.npz`) in it holds what the files are to give.
"""

import os
import shutil
import sys

import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "files")


def floats(*shape):
    return (np.arange(np.prod(shape), dtype=np.float32).reshape(shape) - 4.0) / 8.0


def fresh(folder, name):
    path = os.path.join(folder, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def trained(tf, folder, values):
    """A model in training: Adam, a global step, a loop, checkpoints of both versions and one of two shards."""
    path = fresh(folder, "trained")
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    with tf.variable_scope("layer"):
        w = tf.get_variable("w", initializer=floats(3, 2))
        with tf.device("/cpu:0"):
            b = tf.get_variable("b", initializer=np.zeros([2], np.float32), use_resource=True)
    y = tf.add(tf.matmul(x, w), b, name="y")
    squares = tf.while_loop(lambda i, t: i < 3, lambda i, t: (i + 1, t * t), [0, y])[1]
    tf.identity(tf.cond(tf.reduce_sum(y) > 0.0, lambda: squares, lambda: -squares), name="looped")
    loss = tf.reduce_mean(tf.square(y - 1.0), name="loss")
    step = tf.train.get_or_create_global_step()
    tf.add_to_collection("train_op", tf.train.AdamOptimizer(0.1).minimize(loss, step, name="train"))
    tf.summary.scalar("loss", loss)
    savers = [tf.train.Saver(name=name, **options) for name, options in (
        ("save", {}), ("shards", {"sharded": True}), ("old", {"write_version": tf.train.SaverDef.V1}))]
    feed = {x: floats(4, 3)}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run("train", feed)
        savers[0].save(session, os.path.join(path, "model.ckpt"), global_step=step)
        savers[1].save(session, os.path.join(path, "shards"), write_meta_graph=False, write_state=False)
        savers[2].save(session, os.path.join(path, "old"), write_meta_graph=False, write_state=False)
        for variable in tf.global_variables():
            values["trained/" + variable.op.name] = session.run(variable)
        values["looped"] = session.run("looped:0", feed)
        session.run("train", feed)
        values["loss"] = session.run(loss, feed)
    os.remove(os.path.join(path, "checkpoint"))  # it names the folder it was written in


def exported(tf, folder, values):
    """A SavedModel with a partitioned variable, a table of words as an asset, and two signatures."""
    path = fresh(folder, "exported")
    os.rmdir(path)
    words = os.path.join(folder, "words.txt")
    with open(words, "w") as file:
        file.write("one\ntwo\n")
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.get_variable("w", initializer=floats(4, 3))
    p = tf.get_variable("p", [4, 3], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(2))
    y = tf.identity(tf.matmul(x, w + tf.convert_to_tensor(p)), name="y")
    asset = tf.constant(words, name="asset")
    tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, asset)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, path, {"x": x}, {"y": y})
        values["exported"] = session.run(y, {x: floats(2, 4)})
    os.remove(words)


def in_one(tf, folder):
    values = {}
    for write in (trained, exported):
        with tf.Graph().as_default():
            write(tf, folder, values)
    np.savez(os.path.join(folder, "values.npz"), **values)


def in_two(tf, folder):
    """What TensorFlow 2 writes: an object-based checkpoint and a SavedModel of functions."""
    values = {}
    path = fresh(folder, "objects")
    layer = tf.Module()
    layer.w = tf.Variable(floats(3, 2), name="layer/w")
    layer.b = tf.Variable([0.5, -0.5], name="layer/b")
    tf.train.Checkpoint(model=layer).write(os.path.join(path, "ckpt"))
    values["layer/w"], values["layer/b"] = layer.w.numpy(), layer.b.numpy()

    path = fresh(folder, "exported_two")

    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(floats(3, 2), name="w")

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
        def __call__(self, x):
            return {"y": tf.nn.relu(tf.matmul(x, self.w))}

    model = Model()
    tf.saved_model.save(model, path, signatures={"serving_default": model.__call__})
    for name in ("fingerprint.pb", "assets"):
        target = os.path.join(path, name)
        if os.path.isdir(target):
            shutil.rmtree(target)
        elif os.path.exists(target):
            os.remove(target)
    values["exported_two"] = model(floats(2, 3))["y"].numpy()
    np.savez(os.path.join(folder, "values_two.npz"), **values)


if __name__ == "__main__":
    import tensorflow

    arguments = [a for a in sys.argv[1:] if a != "--two"]
    target = arguments[0] if arguments else FOLDER
    os.makedirs(target, exist_ok=True)
    (in_two if "--two" in sys.argv else in_one)(tensorflow, target)
