"""Which of several devices an operation runs on: the one that its `tf.device` block names.

An operation that names none, or one that is not there, runs on the first; that is TensorFlow's soft placement.
"""

from __future__ import annotations

import functools

from graphflow._graph import device as device_lib


def device_kind(device):
    """CPU, GPU or TPU."""
    return {"cuda": "GPU", "rocm": "GPU"}.get(device.platform, device.platform.upper())


def number_of(name, kinds):
    """The number of the device that `name` means among devices of these kinds."""
    spec = device_lib.DeviceSpec.from_string(name)
    alike = [i for i, kind in enumerate(kinds) if spec.device_type in (None, kind)]
    index = spec.device_index or 0
    return alike[index] if index < len(alike) else 0


def places(ops, devices):
    """function(op) -> number of its device; None where all operations run on the first."""
    if len(devices) < 2:
        return None
    kinds = [device_kind(d) for d in devices]
    known = functools.cache(lambda name: number_of(name, kinds))
    if not any(op._device and known(op._device) for op in ops):
        return None
    return lambda op: known(op._device) if op._device else 0
