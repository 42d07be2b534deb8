"""Several devices: towers run where `tf.device` says, with the numbers of one device. Processors stand in for GPUs."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow._runtime import placement

ROOT = Path(__file__).resolve().parents[2]
TOWERS = """
    import json, sys
    import numpy as np
    import graphflow as tf

    x, y = tf.placeholder(tf.float32, [8, 3]), tf.placeholder(tf.float32, [8, 1])
    with tf.device("/cpu:0"):
        w = tf.get_variable("w", [3, 1], initializer=tf.ones_initializer())
        held = tf.get_variable("held", [3, 1], initializer=tf.ones_initializer(), use_resource=True)
    with tf.device("/cpu:1"):
        far = tf.Variable(np.float64(1.0))
    optimizer = tf.train.AdamOptimizer(0.1)
    towers, losses = [], []
    for i, (a, b) in enumerate(zip(tf.split(x, 2), tf.split(y, 2))):
        with tf.device("/cpu:%d" % i), tf.name_scope("tower_%d" % i):
            noisy = tf.nn.dropout(tf.matmul(a, w + held), rate=0.25, seed=i + 1)
            known = tf.boolean_mask(noisy - b, b[:, 0] > 0.2)
            losses.append(tf.reduce_mean(tf.square(known)))
            towers.append(optimizer.compute_gradients(losses[-1], [w, held]))
    averaged = [(tf.add_n([g for g, _ in pairs]) / 2.0, pairs[0][1]) for pairs in zip(*towers)]
    with tf.control_dependencies([optimizer.apply_gradients(averaged)]):
        step = far.assign_add(tf.cast(tf.reduce_sum(w), tf.float64))
    feeds = {x: np.arange(24.0).reshape(8, 3) / 24, y: np.arange(8.0).reshape(8, 1) / 8}
    config = tf.ConfigProto(allow_soft_placement=False, log_device_placement=True)
    with tf.Session(config=config) as sess:
        sess.run(tf.global_variables_initializer())
        told = [[float(v) for v in sess.run([*losses, step], feeds)] for _ in range(4)]
        told.append(sess.run(far + 0.5).tolist())
        homes = {key: [d.id for d in sess._store.values[key].devices()] for key in ("w", "held", "Variable")}
        plan = next(e[0].plan for e in sess._plans.values() if e[0].plan.fed)
        used = sorted({step.device.id for step in plan.steps if not step.is_host and step.device is not None})
        names = [d.name for d in sess.list_devices()]
    refused = False
    try:
        with tf.device("/cpu:7"):
            beyond = tf.constant(1.0) + 1.0
        tf.Session(config=config).run(beyond)
    except tf.errors.InvalidArgumentError as err:
        refused = "/device:CPU:7" in err.message
    print(json.dumps({"told": told, "homes": homes, "used": used, "names": names, "refused": refused,
                      "soft": float(tf.Session().run(beyond))}))
"""


def towers(devices):
    flags = f"--xla_force_host_platform_device_count={devices}"
    code = textwrap.dedent(TOWERS)
    if devices == 1:
        code = code.replace("allow_soft_placement=False", "allow_soft_placement=True")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT, env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_towers_on_two_devices_compute_what_one_device_does():
    two, log = towers(2)
    assert two["used"] == [0, 1]
    assert two["homes"] == {"w": [0], "held": [0], "Variable": [1]}
    assert [name.rsplit(":", 1)[1] for name in two["names"]] == ["0", "1"]
    assert any("tower_1/MatMul" in line and line.endswith("CPU:1") for line in log.splitlines())
    assert any("tower_0/MatMul" in line and line.endswith("CPU:0") for line in log.splitlines())
    assert two["refused"] and two["soft"] == 2.0
    one, _ = towers(1)
    assert one["used"] == []
    np.testing.assert_allclose(two["told"][:4], one["told"][:4], rtol=1e-5)
    np.testing.assert_allclose(two["told"][4], one["told"][4], rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "kinds", "number"),
    [
        ("/gpu:1", ["GPU", "GPU"], 1),
        ("/device:GPU:0", ["GPU", "GPU"], 0),
        ("/job:worker/task:3/gpu:1", ["GPU", "GPU"], 1),
        ("/gpu:2", ["GPU", "GPU"], 0),  # not there: soft placement
        ("/gpu:1", ["CPU", "CPU"], 0),
        ("/cpu:0", ["GPU", "GPU"], 0),
        ("/cpu:1", ["CPU", "CPU"], 1),
        ("/job:ps", ["CPU", "CPU"], 0),
        ("", ["CPU", "CPU"], 0),
    ],
)
def test_the_device_that_a_name_means(name, kinds, number):
    assert placement.number_of(name, kinds) == number


def test_a_run_on_one_device_is_not_cut():
    with tf.device("/gpu:1"):
        y = tf.constant(2.0) * tf.placeholder_with_default(3.0, [])
    with tf.Session() as sess:
        assert sess.run(y + 1.0) == 7.0
        (entry,) = sess._plans.values()
        if len(sess.list_devices()) == 1:
            assert entry[0].plan.simple is not None
