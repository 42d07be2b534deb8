"""Data parallelism: a batch cut over several devices."""

import collections

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.engine.training import Model
from graphflow_keras.layers.core import Lambda
from graphflow_keras.layers.merge import concatenate
from graphflow_keras.models import clone_model
from graphflow_keras.utils.generic_utils import to_list


def multi_gpu_model(model, gpus=None, cpu_merge=True, cpu_relocation=False):
    """A model that gives each device a part of the batch and joins the results; the weights are shared.

    Args:
        gpus: how many devices, or a list of their numbers; None takes all. Where there is no GPU but several (virtual) CPU
            devices, it takes those.
        cpu_merge: join on the CPU, else on the first device.
        cpu_relocation: make a copy of the model on the CPU first.

    Raises:
        ValueError: fewer than two devices are asked for or there.
    """
    available = [_short_name(d.name) for d in K.get_session().list_devices()]
    numbered = [name for name in available if "gpu" in name]
    kind = "cpu" if not numbered and len(available) > 1 else "gpu"
    gpus = gpus or len([name for name in available if kind in name])
    ids = list(gpus) if isinstance(gpus, list | tuple) else list(range(gpus))
    if len(ids) <= 1:
        least = "len(gpus) >= 2" if isinstance(gpus, list | tuple) else "gpus >= 2"
        raise ValueError(
            f"For multi-gpu usage to be effective, call `multi_gpu_model` with `{least}`. Received: `gpus={gpus}`"
        )
    wanted = list(dict.fromkeys(["/cpu:0"] + [f"/{kind}:{i}" for i in ids]))
    if not set(wanted) <= set(available):
        raise ValueError(
            f"To call `multi_gpu_model` with `gpus={gpus}`, we expect the following devices to be available: {wanted}. However "
            f"this machine only has: {available}. Try reducing `gpus`."
        )
    if cpu_relocation:
        with tf.device("/cpu:0"):
            model = clone_model(model)
    parts = [[] for _ in model.outputs]
    for place, number in enumerate(ids):
        with tf.device(f"/{kind}:{number}"), tf.name_scope(f"replica_{number}"):
            inputs = [
                Lambda(_part, output_shape=K.int_shape(x)[1:], arguments={"i": place, "parts": len(ids)})(x)
                for x in model.inputs
            ]
            for outputs, output in zip(parts, to_list(model(inputs if len(inputs) > 1 else inputs[0]))):
                outputs.append(output)
    with tf.device("/cpu:0" if cpu_merge else f"/{kind}:{ids[0]}"):
        merged = [
            concatenate(outputs, axis=0, name=name) for name, outputs in zip(_distinct(model.output_names), parts)
        ]
    return Model(model.inputs, merged)


def _short_name(name):
    """'/gpu:0' for '/job:localhost/replica:0/task:0/device:GPU:0'."""
    return "/" + ":".join(name.lower().replace("device:", "").split("/")[-1].split(":")[-2:])


def _part(data, i, parts):
    """The i-th of `parts` slices of a batch; the last takes what is left over."""
    step = K.shape(data)[0] // parts
    return data[step * i :] if i == parts - 1 else data[step * i : step * (i + 1)]


def _distinct(names):
    """The names, numbered where one is there several times."""
    counts, seen = collections.Counter(names), collections.Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(f"{name}_{seen[name]}" if counts[name] > 1 else name)
    return result
