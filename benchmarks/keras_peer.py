"""One model trained by one Keras package, printed as JSON; run by `benchmarks.keras_fit`, with another interpreter for a peer.

python -m benchmarks.keras_peer package model seconds
"""

import json
import sys
import time

from benchmarks import keras_models


def measure(package, name, seconds):
    """{"first": seconds from the model's making to the end of its first epoch, "rate": samples a second of the best later one}."""
    keras = keras_models.load(package)
    start = time.perf_counter()
    model, x, y, batch_size = keras_models.MODELS[name](keras)

    def epoch():
        begun = time.perf_counter()
        model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0)
        return time.perf_counter() - begun

    epoch()
    first = time.perf_counter() - start
    end = time.perf_counter() + seconds
    times = [epoch()]
    while time.perf_counter() < end:
        times.append(epoch())
    return {"first": first, "rate": len(x) / min(times)}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
