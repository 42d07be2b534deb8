"""How fast 300 MB of variables are saved and restored, beside `numpy.save` of as many bytes: `python -m benchmarks.checkpoints`.

Every save goes to a new file while the one before still stands, as a Saver does it; the sides take turns, and the shortest time of
each counts.
"""

import os
import tempfile
import time

import numpy as np

import graphflow as tf

_COUNT, _SIZE, _ROUNDS = 30, 2_500_000, 5  # 30 variables of 10 MB


def seconds(action):
    """How long `action()` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def save_plain(folder, turn, data):
    """Writes the data to a new file, and takes away the one before."""
    np.save(os.path.join(folder, f"plain{turn}.npy"), data)
    if turn:
        os.remove(os.path.join(folder, f"plain{turn - 1}.npy"))


def measure(folder):
    """Shortest times of (numpy.save, Saver.save, Saver.restore)."""
    data = np.random.RandomState(0).rand(_COUNT * _SIZE).astype(np.float32)
    variables = [tf.get_variable(f"v{i}", [_SIZE], initializer=tf.zeros_initializer()) for i in range(_COUNT)]
    saver, times = tf.train.Saver(max_to_keep=1), []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i, variable in enumerate(variables):
            variable.load(data[i * _SIZE : (i + 1) * _SIZE], sess)
        for turn in range(_ROUNDS):
            model = os.path.join(folder, "model")
            times.append(
                (
                    seconds(lambda turn=turn: save_plain(folder, turn, data)),
                    seconds(lambda path=model, turn=turn: saver.save(sess, path, turn, write_meta_graph=False)),
                    seconds(lambda path=model, turn=turn: saver.restore(sess, f"{path}-{turn}")),
                )
            )
    return np.min(times, axis=0)


def main():
    with tempfile.TemporaryDirectory() as folder:
        plain, save, restore = measure(folder)
    print(
        f"numpy.save {plain:.2f} s, Saver.save {save:.2f} s ({plain / save:.0%} of its speed), restore {restore:.2f} s"
    )


if __name__ == "__main__":
    main()
