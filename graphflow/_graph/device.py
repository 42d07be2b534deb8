"""Device names: `/job:w/replica:0/task:1/device:GPU:0`, their parts, and how nested `device` blocks combine."""

from __future__ import annotations

import functools


class DeviceSpec:
    """A partial device name; parts that are None are open.

    >>> DeviceSpec(device_type="GPU", device_index=0).to_string()
    '/device:GPU:0'
    """

    def __init__(self, job=None, replica=None, task=None, device_type=None, device_index=None):
        self.job = job or None
        self.replica = None if replica is None else int(replica)
        self.task = None if task is None else int(task)
        self.device_type = (
            device_type.upper() if device_type and device_type.lower() in ("cpu", "gpu") else device_type or None
        )
        self.device_index = None if device_index is None else int(device_index)

    @classmethod
    def from_string(cls, spec):
        """The parts of `spec`; ValueError for text that is no device name."""
        return cls().parse_from_string(spec)

    def parse_from_string(self, spec):
        """Takes the parts of `spec` for its own."""
        self.__init__()
        for part in spec.split("/"):
            pieces = part.split(":")
            key, values = pieces[0], pieces[1:]
            if key == "" and not values:
                continue
            if key in ("job", "replica", "task") and len(values) == 1:
                setattr(self, key, values[0] if key == "job" else int(values[0]))
            elif key == "device" and len(values) in (1, 2):
                self._set_type(values[0], values[1] if len(values) == 2 else None)
            elif key.lower() in ("cpu", "gpu", "tpu") and len(values) <= 1:
                self._set_type(key, values[0] if values else None)
            elif key and len(values) == 1 and (values[0].isdigit() or values[0] == "*"):
                self._set_type(key, values[0])
            else:
                raise ValueError(f"Unknown attribute: '{key}' in '{spec}'")
        return self

    def _set_type(self, device_type, index):
        self.device_type = device_type.upper() if device_type.lower() in ("cpu", "gpu", "tpu") else device_type
        self.device_type = None if self.device_type == "*" else self.device_type
        self.device_index = None if index in (None, "*") else int(index)

    def make_merged_spec(self, other):
        """This spec with the parts that `other` names put over it."""
        merged = DeviceSpec(self.job, self.replica, self.task, self.device_type, self.device_index)
        merged.merge_from(other)
        return merged

    def merge_from(self, other):
        """Takes the parts that `other` names."""
        for part in ("job", "replica", "task", "device_type", "device_index"):
            if getattr(other, part) is not None:
                setattr(self, part, getattr(other, part))

    def replace(self, **parts):
        """A copy with some parts changed."""
        return DeviceSpec(**{**self._parts(), **parts})

    def _parts(self):
        return {p: getattr(self, p) for p in ("job", "replica", "task", "device_type", "device_index")}

    def to_string(self):
        """The name, with the parts that are known."""
        text = "".join(f"/{p}:{getattr(self, p)}" for p in ("job", "replica", "task") if getattr(self, p) is not None)
        if self.device_type is not None:
            text += f"/device:{self.device_type}:{'*' if self.device_index is None else self.device_index}"
        return text

    def __eq__(self, other):
        return isinstance(other, DeviceSpec) and self._parts() == other._parts()

    def __hash__(self):
        return hash(self.to_string())

    def __repr__(self):
        return f"DeviceSpec({self.to_string()!r})"


@functools.lru_cache(4096)
def canonical(name):
    """A device name in full spelling: `/gpu:0` -> `/device:GPU:0`; the empty string for None."""
    return DeviceSpec.from_string(name).to_string() if name else ""


@functools.lru_cache(4096)
def merged(inner, outer):
    """What `inner` says, completed by `outer`."""
    return DeviceSpec.from_string(outer).make_merged_spec(DeviceSpec.from_string(inner)).to_string()


def as_function(device):
    """A function op -> device string for what a user gives to `tf.device`; None stays None (it ends the search)."""
    if device is None:
        return None
    if isinstance(device, DeviceSpec):
        device = device.to_string()
    if isinstance(device, str):
        spec = canonical(device)
        return lambda op: merged(op.device, spec) if op.device else spec

    def call(op):
        result = device(op)
        return canonical(result.to_string() if isinstance(result, DeviceSpec) else result)

    return call
