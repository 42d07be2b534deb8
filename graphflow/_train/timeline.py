"""`tensorflow.python.client.timeline`: a run's times in the format that Chrome's page `chrome://tracing` shows."""

from __future__ import annotations

import json
import re

_LABEL = re.compile(r"(?P<name>\S+) = (?P<op>\w+)\((?P<inputs>.*)\)")


class Timeline:
    """The times of one run.

    Args:
        step_stats: the StepStats message of a RunMetadata.
        graph: without effect.
    """

    def __init__(self, step_stats, graph=None):
        self._step_stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow=True, show_memory=False):
        """The times as JSON text: a row a device, a bar an operation."""
        events = []
        for pid, device in enumerate(self._step_stats.dev_stats):
            events.append({"name": "process_name", "ph": "M", "pid": pid, "args": {"name": device.device + " Compute"}})
            events += [_event(node, pid) for node in device.node_stats]
        return json.dumps({"traceEvents": events}, indent=4, separators=(",", ": "))


def _event(node, pid):
    found = _LABEL.match(node.timeline_label)
    arguments = {"name": node.node_name, "op": found["op"] if found else node.node_name}
    if found:
        arguments.update((f"input{i}", name) for i, name in enumerate(filter(None, found["inputs"].split(", "))))
    return {
        "ph": "X", "cat": "Op", "name": arguments["op"], "pid": pid, "tid": node.thread_id, "ts": node.all_start_micros,
        "dur": node.all_end_rel_micros, "args": arguments,
    }  # fmt: skip
