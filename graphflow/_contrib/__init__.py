"""What scripts use of `tf.contrib`: older layers, slim, and other things that grew beside TensorFlow's core."""
