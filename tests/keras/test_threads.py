"""One model answers several threads at once, as behind a web server."""

import threading

import numpy as np

import graphflow as tf
from graphflow_keras.layers import Dense
from graphflow_keras.models import Sequential


def test_threads_predict_with_one_model():
    model = Sequential([Dense(2, input_shape=(3,))])
    graph = tf.get_default_graph()
    found = []

    def ask(thread):
        with graph.as_default():
            for i in range(5):
                x = np.full((4 + 7 * i, 3), 10.0 * thread + i, np.float32)
                found.append((x, model.predict(x, batch_size=8)))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kernel, bias = model.get_weights()
    assert len(found) == 20
    for x, y in found:
        np.testing.assert_allclose(y, x @ kernel + bias, rtol=1e-5, atol=1e-5)
