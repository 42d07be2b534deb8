"""Devices of this machine."""

from graphflow._runtime.devices import PhysicalDevice as PhysicalDevice
from graphflow._runtime.devices import get_memory_growth as get_memory_growth
from graphflow._runtime.devices import get_visible_devices as get_visible_devices
from graphflow._runtime.devices import list_logical_devices as list_logical_devices
from graphflow._runtime.devices import list_physical_devices as list_physical_devices
from graphflow._runtime.devices import set_memory_growth as set_memory_growth
from graphflow._runtime.devices import set_visible_devices as set_visible_devices
