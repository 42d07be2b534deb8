"""tf.contrib.image and tf.contrib.resampler; glimpses; suppression of boxes over classes; CSV datasets."""

import os
import tempfile

import numpy as np

from tests.oracle.harness import case, floats, script

IMAGE = floats(2, 5, 6, 2, seed=3)
TURN = [[0.9, -0.3, 0.7, 0.2, 1.1, -0.4, 0.02, -0.01], [1.0, 0.0, -1.0, 0.0, 1.0, 2.0, 0.0, 0.0]]


@case(feeds={"x": IMAGE}, grads=True, graph=False, rtol=1e-4, atol=1e-4)
def transforms(tf):
    image = tf.contrib.image
    x = tf.placeholder(tf.float32, [2, 5, 6, 2], name="x")
    return {
        "nearest": image.transform(x, TURN),
        "bilinear": image.transform(x, TURN, interpolation="BILINEAR"),
        "other_size": image.transform(x, TURN, interpolation="BILINEAR", output_shape=[4, 7]),
        "rotated": image.rotate(x, [0.5, -1.2], interpolation="BILINEAR"),
        "one_angle": image.rotate(x, 0.3),
        "one_image": image.rotate(x[0], 0.8),
        "grey": image.rotate(x[0, :, :, 0], 2.0, interpolation="BILINEAR"),
        "moved": image.translate(x, [[1.0, -2.0], [0.5, 1.25]], interpolation="BILINEAR"),
        "composed": image.compose_transforms(TURN, TURN[::-1]),
    }


@case(feeds={"x": IMAGE, "w": floats(2, 4, 3, 2, seed=5) * 3 + 1.0}, grads=True, graph=False, rtol=1e-4, atol=1e-4)
def samples(tf):
    x = tf.placeholder(tf.float32, [2, 5, 6, 2], name="x")
    w = tf.placeholder(tf.float32, [2, 4, 3, 2], name="w")
    return tf.contrib.resampler.resampler(x, w)


@case(feeds={"x": IMAGE, "f": floats(2, 5, 6, 2, seed=6) * 2}, grads=True, graph=False, rtol=1e-4, atol=1e-4)
def dense_warp(tf):
    x = tf.placeholder(tf.float32, [2, 5, 6, 2], name="x")
    f = tf.placeholder(tf.float32, [2, 5, 6, 2], name="f")
    return tf.contrib.image.dense_image_warp(x, f)


POINTS = np.array([[[0.5, 1.0], [3.5, 2.0], [1.5, 4.5], [4.0, 5.0]]] * 2, np.float32)


@case(feeds={"x": IMAGE}, graph=False, rtol=1e-3, atol=1e-3)
def sparse_warp(tf):
    x = tf.placeholder(tf.float32, [2, 5, 6, 2], name="x")
    moved = POINTS + floats(2, 4, 2, seed=7) * 0.3
    plain = tf.contrib.image.sparse_image_warp(x, POINTS, moved)
    held = tf.contrib.image.sparse_image_warp(x, POINTS, moved, num_boundary_points=2, regularization_weight=0.1)
    return {"plain": list(plain), "held": list(held)}


@case(graph=False, rtol=1e-3, atol=1e-3)
def splines(tf):
    values, wanted = floats(2, 4, 3, seed=8), floats(2, 6, 2, seed=9) + 2.0
    return {
        str(order): tf.contrib.image.interpolate_spline(POINTS, values, wanted, order, weight)
        for order, weight in ((1, 0.0), (2, 0.0), (3, 0.2), (4, 0.0))
    }


@case(feeds={"x": floats(2, 6, 8, 1, seed=3)})
def glimpses(tf):
    x = tf.placeholder(tf.float32, [None, 6, 8, 1], name="x")
    return [
        tf.image.extract_glimpse(x, [2, 2], [[1.0, 1.0], [3.5, 2.0]], centered=False, normalized=False),
        tf.image.extract_glimpse(x, [3, 3], [[0.25, -0.3], [0.0, 0.1]]),
        tf.image.extract_glimpse(x, [3, 2], [[0.3, 0.4], [0.5, 0.5]], centered=False),
        tf.image.extract_glimpse(x, [2, 2], [[1.0, -1.0], [-1.5, 2.0]], normalized=False),
    ]


BOXES = np.sort(np.abs(floats(2, 6, 1, 2, 2, seed=4)) / 1.5, axis=-2).reshape(2, 6, 1, 4)
SCORES = np.abs(floats(2, 6, 3, seed=5))


@case(feeds={"boxes": BOXES, "scores": SCORES})
def combined_suppression(tf):
    boxes = tf.placeholder(tf.float32, [2, 6, 1, 4], name="boxes")
    scores = tf.placeholder(tf.float32, [2, 6, 3], name="scores")
    per_class = tf.tile(boxes, [1, 1, 3, 1]) * [0.9, 0.8, 1.1, 1.0]
    return {
        "plain": list(tf.image.combined_non_max_suppression(boxes, scores, 2, 10)),
        "strict": list(tf.image.combined_non_max_suppression(boxes, scores, 4, 5, 0.1, 0.8)),
        "padded": list(tf.image.combined_non_max_suppression(per_class, scores, 2, 9, pad_per_class=True)),
        "unclipped": list(tf.image.combined_non_max_suppression(per_class, scores, 3, 4, clip_boxes=False)),
    }


@script()
def csv_files(tf):
    with tempfile.TemporaryDirectory() as folder:
        for i in range(2):
            with open(os.path.join(folder, "f%d.csv" % i), "w") as file:
                file.write("a,b,c,d\n")
                for j in range(5):
                    text, number = ["x", "y", "", '"z,w"'][j % 4], "" if j == 3 else str(j * 0.5)
                    file.write("%d,%s,%s,%d\n" % (j + 10 * i, text, number, j * 10**9))
        read = tf.data.experimental
        batches = read.make_csv_dataset(folder + "/f*.csv", 3, label_name="d", shuffle=False, num_epochs=1)
        few = read.make_csv_dataset(folder + "/f0.csv", 2, select_columns=["b", "a"], shuffle=False, num_epochs=1)
        records = read.CsvDataset(
            [folder + "/f0.csv", folder + "/f1.csv"], [tf.int32, [""], [1.5]], header=True, select_cols=[0, 1, 2]
        )
        found = {}
        for name, dataset, count in (("batches", batches, 4), ("few", few, 3), ("records", records, 10)):
            following = tf.data.make_one_shot_iterator(dataset).get_next()
            with tf.Session() as session:
                for i in range(count):
                    found["%s_%d" % (name, i)] = session.run(following)
        return found
