"""While-loop frames of a GraphDef: every node belongs to one frame, entered by Enter and left by Exit."""

from __future__ import annotations

from graphflow._graph import graph_files

_ENTER = ("Enter", "RefEnter")
_EXIT = ("Exit", "RefExit")


def check(nodes):
    """GraphDefError for a node whose inputs come from different frames, or an Exit outside of all loops.

    Args:
        nodes: `graph_plan.Node`s, each after its inputs but for the back edges of loops.
    """
    if not any(node.op_def.name in _ENTER or node.op_def.name in _EXIT for node in nodes):
        return
    frame_of = {}  # node name -> frame of its outputs: None outside of loops, else (frame around it, name)
    shared = {}  # one object a frame, so that comparing deeply nested ones stays cheap
    for node in nodes:
        frame, first = None, None
        for source in (*(name for name, _ in node.inputs), *node.controls):
            if source not in frame_of:  # a back edge, looked at below, or an input that is replaced
                continue
            if first is None:
                frame, first = frame_of[source], source
            elif frame_of[source] is not frame:
                raise _different(node, first, frame, source, frame_of[source])
        if node.op_def.name in _ENTER:
            key = (id(frame), node.attrs["frame_name"])
            frame = shared.setdefault(key, (frame, node.attrs["frame_name"].decode(errors="replace")))
        elif node.op_def.name in _EXIT:
            if frame is None:
                raise graph_files.invalid(f"Exit '{node.name}' is in no while loop")
            frame = frame[0]
        frame_of[node.name] = frame
    for node in nodes:
        if node.op_def.name in ("Merge", "RefMerge"):
            for source, _ in node.inputs:
                if source in frame_of and frame_of[source] is not frame_of[node.name]:
                    raise _different(node, node.name, frame_of[node.name], source, frame_of[source])


def _different(node, first, frame, second, other):
    a, b = ("" if f is None else f[1] for f in (frame, other))
    return graph_files.invalid(
        f"The node '{node.name}' has inputs from different frames. The input '{first}' is in frame '{a}'. "
        f"The input '{second}' is in frame '{b}'."
    )
