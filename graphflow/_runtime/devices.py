"""The devices of this machine, by TensorFlow's names for them."""

from __future__ import annotations

import collections
import dataclasses

import jax

from graphflow._core import log
from graphflow._runtime import config, placement

PhysicalDevice = collections.namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = collections.namedtuple("LogicalDevice", ["name", "device_type"])

_growth: dict = {}  # what was asked for, by device
_visible: dict = {}  # device type -> the devices that were chosen


@dataclasses.dataclass(frozen=True)
class LocalDevice:
    """A device as `device_lib.list_local_devices` tells of it."""

    name: str
    device_type: str
    memory_limit: int
    incarnation: int
    physical_device_desc: str


def _all():
    """The host and, where there are, accelerators."""
    host, first = jax.devices("cpu"), jax.devices()
    return host if first == host else [*host, *first]


def list_local_devices(session_config=None):
    """The devices as LocalDevice rows."""
    found = []
    for device in _all():
        kind = placement.device_kind(device)
        limit = (device.memory_stats() or {}).get("bytes_limit", 0)
        text = "" if kind == "CPU" else f"device: {device.id}, name: {device.device_kind}"
        found.append(LocalDevice(f"/device:{kind}:{device.id}", kind, limit, id(device), text))
    return found


def list_physical_devices(device_type=None):
    """PhysicalDevice rows, all or those of one type, "CPU", "GPU" or "TPU"."""
    rows = [(placement.device_kind(d), d.id) for d in _all()]
    return [PhysicalDevice(f"/physical_device:{k}:{i}", k) for k, i in rows if device_type in (None, k)]


def list_logical_devices(device_type=None):
    """LogicalDevice rows, all or those of one type."""
    rows = [(placement.device_kind(d), d) for d in _all()]
    return [LogicalDevice(config.device_name(d), k) for k, d in rows if device_type in (None, k)]


def experimental_list_devices():
    """The names of the devices that operations can run on."""
    return [config.device_name(d) for d in _all()]


def get_visible_devices(device_type=None):
    """The devices chosen by `set_visible_devices`; all where none were."""
    rows = list_physical_devices(device_type)
    return [d for d in rows if d in _visible.get(d.device_type, [d])]


def set_visible_devices(devices, device_type=None):
    """Notes a choice of devices; sessions take theirs from JAX, so choose with JAX_PLATFORMS before the start."""
    devices = [devices] if isinstance(devices, PhysicalDevice) else list(devices)
    for kind in [device_type] if device_type else {d.device_type for d in list_physical_devices()}:
        _visible[kind] = [d for d in devices if d.device_type == kind]


def set_memory_growth(device, enable):
    """Notes the wish: memory grows as XLA_PYTHON_CLIENT_PREALLOCATE says, which is read at the start.

    Raises:
        ValueError: the device is no GPU.
    """
    if device.device_type != "GPU":
        raise ValueError("Cannot set memory growth on non-GPU devices")
    _growth[device] = bool(enable)


def get_memory_growth(device):
    """What `set_memory_growth` noted; False at first. ValueError where the device is no GPU."""
    if device.device_type != "GPU":
        raise ValueError("Cannot get memory growth on non-GPU devices")
    return _growth.get(device, False)


def gpu_device_name():
    """The name of the first GPU, '' without one."""
    return next((d.name for d in list_local_devices() if d.device_type == "GPU"), "")


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Whether there is a GPU; of its compute capability nothing is known."""
    if min_cuda_compute_capability is not None:
        log.warning("is_gpu_available does not know compute capabilities: min_cuda_compute_capability is not checked")
    return bool(gpu_device_name())


def is_built_with_cuda():
    """Whether this JAX can use an NVIDIA GPU."""
    return any(d.platform in ("gpu", "cuda") for d in jax.devices())


def is_built_with_rocm():
    """Whether this JAX can use an AMD GPU."""
    return any(d.platform == "rocm" for d in jax.devices())


def is_built_with_gpu_support():
    """Whether this JAX can use a GPU."""
    return is_built_with_cuda() or is_built_with_rocm()
