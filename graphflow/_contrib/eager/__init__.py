"""The helpers of `tf.contrib.eager`."""
