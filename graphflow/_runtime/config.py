"""What a ConfigProto and RunOptions ask of a session. docs/session.md lists the fields that mean something here."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import time

import jax

from graphflow._core import errors
from graphflow._graph import device as device_lib
from graphflow._graph import protos
from graphflow._runtime import placement

_TASK = "/job:localhost/replica:0/task:0"
_HOST = device_lib.DeviceSpec.from_string(f"{_TASK}/device:CPU:0")


class Config:
    """The settings of a session.

    Args:
        proto: a ConfigProto, of this package's declaration or another's, or None.

    Attributes:
        is_special: whether runs must happen inside `around`.

    Raises:
        TypeError: `proto` is something else.
    """

    def __init__(self, proto):
        proto = protos.ConfigProto() if proto is None else as_message(proto, "ConfigProto", "config")
        self._timeout = proto.operation_timeout_in_ms
        self._log = proto.log_device_placement
        # Old scripts say tf.device("/gpu:0") and nothing more: they run on any machine, unless they ask to be told.
        self._strict = proto.HasField("allow_soft_placement") and not proto.allow_soft_placement
        self._only_cpu = "GPU" in proto.device_count and proto.device_count["GPU"] == 0
        self._placed = set()
        self.is_special = self._timeout > 0 or self._only_cpu

    @functools.cached_property
    def devices(self):
        """The JAX devices of the session; what asks for none runs on the first."""
        return jax.devices("cpu") if self._only_cpu else jax.devices()

    def place(self, ops):
        """Checks that operations can run where they ask to, and tells where they do run, as far as the proto wants that.

        Raises:
            InvalidArgumentError: an operation asks for a device that is not there, and soft placement was forbidden.
        """
        if not (self._strict or self._log):
            return
        for op in ops:
            if op in self._placed:
                continue
            self._placed.add(op)
            if self._strict and op.device and not self._has(op.device):
                raise errors.InvalidArgumentError(
                    None,
                    op,
                    f"Cannot assign a device for operation {op.name}: it was explicitly assigned to {op.device} but available "
                    f"devices are [ {', '.join(map(device_name, self.devices))} ]. Make sure the device specification refers "
                    "to a valid device, or allow the session to take another: ConfigProto(allow_soft_placement=True).",
                )
            if self._log:
                number = placement.number_of(op.device, [placement.device_kind(d) for d in self.devices])
                print(f"{op.name}: ({op.type}): {device_name(self.devices[number])}", file=sys.stderr)

    def _has(self, name):
        """Whether a device answers to `name`; the host always does."""
        wanted = device_lib.DeviceSpec.from_string(name)
        own = [_HOST, *(device_lib.DeviceSpec.from_string(device_name(d)) for d in self.devices)]
        return any(spec.make_merged_spec(wanted) == spec for spec in own)

    @contextlib.contextmanager
    def around(self, options=None):
        """What runs inside has the session's device, and its time limit or that of RunOptions."""
        limit = self._timeout if options is None else as_message(options, "RunOptions", "options").timeout_in_ms
        device = jax.default_device(self.devices[0]) if self._only_cpu else contextlib.nullcontext()
        with device, time_limit(limit / 1000) if limit > 0 else contextlib.nullcontext():
            yield


def device_name(device):
    """TensorFlow's name of a JAX device."""
    return f"{_TASK}/device:{placement.device_kind(device)}:{device.id}"


def as_message(value, name, argument):
    """`value` as the message `name` of this package; TypeError when it is none."""
    wanted = getattr(protos, name)
    if isinstance(value, wanted):
        return value
    descriptor = getattr(value, "DESCRIPTOR", None)
    if descriptor is None or descriptor.name != name:
        raise TypeError(f"{argument} must be a tf.{name}, but got {type(value)}")
    return wanted.FromString(value.SerializeToString())


# -- time limits ---------------------------------------------------------------------------------------------------------


class _Deadline(threading.local):
    """When the run that is under way in this thread must have ended, None without a limit."""

    at = None


_deadline = _Deadline()


@contextlib.contextmanager
def time_limit(seconds):
    """`check_time` raises in this block once `seconds` have passed."""
    before, _deadline.at = _deadline.at, time.monotonic() + seconds
    try:
        yield
    finally:
        _deadline.at = before


def check_time():
    """Called between the steps of a run, and between the iterations of loops that Python runs.

    Raises:
        DeadlineExceededError: the run has had its time.
    """
    if _deadline.at is not None and time.monotonic() > _deadline.at:
        raise errors.DeadlineExceededError(
            None,
            None,
            "Timed out: the run takes longer than operation_timeout_in_ms of ConfigProto or timeout_in_ms of RunOptions",
        )


def time_left():
    """The seconds that the run in this thread still has, None without a limit; raises as `check_time`."""
    check_time()
    return None if _deadline.at is None else _deadline.at - time.monotonic()
