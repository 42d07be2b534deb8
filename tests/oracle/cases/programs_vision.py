"""Parts of programs on images that public repositories shared: slim's readers, metric learning."""

import numpy as np

from tests.oracle.harness import Folder, case, floats, integers, script


def feature(tf, values):
    """A `tf.train.Feature` of bytes, floats or integers."""
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def write_boxed_images(tf, path, count):
    """TFRecords with an encoded image, its label and one to three boxes."""
    pixels = tf.placeholder(tf.uint8, [None, None, 3])
    png = tf.image.encode_png(pixels)
    with tf.Session() as session, tf.python_io.TFRecordWriter(path) as writer:
        for i in range(count):
            encoded = session.run(png, {pixels: integers(5 + i, 6, 3, seed=i, high=256).astype(np.uint8)})
            corners = floats(4, i % 3 + 1, seed=i, low=0.0, high=1.0).tolist()
            sides = zip(("ymin", "xmin", "ymax", "xmax"), corners)
            features = {"boxes/" + side: feature(tf, values) for side, values in sides}
            features.update({
                "image/encoded": feature(tf, [encoded]), "image/format": feature(tf, [b"png"]), "label": feature(tf, [i]),
                "places": feature(tf, [1, 3]), "weights": feature(tf, [0.5, 0.25]), "half": feature(tf, [2]),
            })
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


@script()
def images_through_slims_readers(tf):
    with Folder():
        slim = tf.contrib.slim
        decoders = slim.tfexample_decoder
        with tf.Graph().as_default():
            write_boxed_images(tf, "boxed_0.tfrecord", 6)
        sparse = tf.VarLenFeature(tf.float32)
        features = {
            "image/encoded": tf.FixedLenFeature([], tf.string, default_value=""),
            "image/format": tf.FixedLenFeature([], tf.string, default_value="png"),
            "label": tf.FixedLenFeature([1], tf.int64), "half": tf.FixedLenFeature([1], tf.int64),
            "places": tf.VarLenFeature(tf.int64), "weights": sparse, "nothing": sparse,
        }
        features.update({"boxes/" + side: sparse for side in ("ymin", "xmin", "ymax", "xmax")})
        handlers = {
            "image": decoders.Image(), "label": decoders.Tensor("label", shape=[]),
            "shaped": decoders.Tensor("weights", shape_keys="half"),
            "boxes": decoders.BoundingBox(prefix="boxes/"),
            "dense": decoders.SparseTensor("places", "weights", shape=[5], densify=True),
            "sum": decoders.ItemHandlerCallback("weights", lambda found: tf.reduce_sum(found["weights"].values)),
            "either": decoders.BackupHandler(decoders.Tensor("nothing"), decoders.Tensor("weights")),
        }
        decoder = decoders.TFExampleDecoder(features, handlers)
        dataset = slim.dataset.Dataset("boxed_*.tfrecord", tf.TFRecordReader, decoder, 6, {"image": "a picture"}, classes=6)
        provider = slim.dataset_data_provider.DatasetDataProvider(dataset, num_readers=1, shuffle=False)
        image, boxes, label, dense, total, shaped = provider.get(["image", "boxes", "label", "dense", "sum", "shaped"])
        either = tf.reduce_sum(provider.get(["either"])[0])
        small = tf.image.resize_image_with_crop_or_pad(image, 4, 4)
        parts = [small, tf.reduce_sum(boxes), label, tf.reshape(dense, [5]), total + shaped[1], either]
        batch = tf.train.batch(parts, 2, num_threads=1)
        ahead = slim.prefetch_queue.prefetch_queue(batch, capacity=2)
        taken = ahead.dequeue()
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            with slim.queues.QueueRunners(session):
                values = [session.run(taken) for _ in range(4)]
        found = {"%d.%d" % (i, j): value for i, row in enumerate(values) for j, value in enumerate(row)}
        found["about"] = np.array([provider.num_samples(), dataset.classes, len(list(provider.list_items()))])
        return found


@script()
def what_slims_readers_refuse(tf):
    slim = tf.contrib.slim
    found = {}
    attempts = {
        "no files": lambda: slim.parallel_reader.get_data_files("nowhere*"),
        "three keys": lambda: slim.tfexample_decoder.BoundingBox(["a", "b", "c"]),
        "two shapes": lambda: slim.tfexample_decoder.Tensor("a", shape_keys="b", shape=[1]),
        "no handler": lambda: slim.tfexample_decoder.BackupHandler(1, 2),
        "other types": lambda: slim.parallel_reader.ParallelReader(
            tf.TFRecordReader, tf.FIFOQueue(2, [tf.string, tf.int32])
        ),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
            found[name] = "nothing"
        except (TypeError, ValueError) as error:
            found[name] = type(error).__name__
    return found


@case(feeds={"x": floats(8, 4)}, grads=True, rtol=1e-4)
def embeddings_by_label(tf):
    losses = tf.contrib.losses.metric_learning
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    labels = tf.constant([0, 1, 2, 0, 1, 1, 2, 0])
    unit = tf.nn.l2_normalize(x, 1)
    anchors, positives = tf.split(x, 2)
    several = [tf.SparseTensor([[i % 3], [3]], tf.constant([1, 1], tf.int64), [5]) for i in range(2)]
    return {
        "triplets": losses.triplet_semihard_loss(labels, unit, margin=0.5),
        "lifted": losses.lifted_struct_loss(labels, x),
        "pairs": losses.contrastive_loss(tf.constant([1, 0, 0, 1]), anchors, positives, margin=2.0),
        "n pairs": losses.npairs_loss(labels[:4], anchors, positives),
        "several labels": losses.npairs_loss_multilabel(several, x[:2], x[2:4], reg_lambda=0.1),
    }


@script()
def shapes_of_normalized_gradients(tf):
    """They stand in each file of a trained network, and a file that contradicts them is refused."""
    found = {}
    x = tf.placeholder(tf.float32, [2, 3, 3, 4])
    four = tf.ones([4])
    for training in (True, False):
        moments = (None, None) if training else (four, four)
        y, _, _ = tf.nn.fused_batch_norm(x, four, four, *moments, is_training=training)
        tf.gradients(y, x)
        op = [op for op in tf.get_default_graph().get_operations() if op.type.startswith("FusedBatchNormGrad")][-1]
        found["training %s" % training] = np.array([str(output.shape.as_list()) for output in op.outputs])
    return found
