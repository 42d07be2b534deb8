"""Images of another size, built from gathers."""

import graphflow as tf


def nearest(images, size):
    """`[batch, height, width, channels]` in a new `size` `[height, width]`: the pixel at or before each place."""
    with tf.name_scope(None, "ResizeNearestNeighbor"):
        for axis in (1, 2):
            places, _ = _places(images, size, axis)
            images = tf.gather(images, places, axis=axis)
        return images


def bilinear(images, size):
    """`[batch, height, width, channels]` in a new `size` `[height, width]`: a mean of the four pixels around each place."""
    with tf.name_scope(None, "ResizeBilinear"):
        images = tf.cast(images, tf.float32)
        for axis in (1, 2):
            before, share = _places(images, size, axis)
            after = tf.minimum(before + 1, tf.shape(images)[axis] - 1)
            low, high = tf.gather(images, before, axis=axis), tf.gather(images, after, axis=axis)
            images = low + (high - low) * tf.reshape(share, [-1] + [1] * (3 - axis))
        return images


INTERPOLATIONS = {"nearest": nearest, "bilinear": bilinear}
BY_CENTERS = {"nearest": tf.image.resize_nearest_neighbor, "bilinear": tf.image.resize_bilinear}  # those of tf.keras


def _places(images, size, axis):
    """Where each new pixel lies among the old ones: whole part int32, fraction float32."""
    scale = tf.cast(tf.shape(images)[axis], tf.float32) / tf.cast(size[axis - 1], tf.float32)
    place = tf.cast(tf.range(size[axis - 1]), tf.float32) * scale
    whole = tf.floor(place)
    return tf.cast(whole, tf.int32), place - whole
