"""`graph_editor.subgraph`."""

from graphflow._contrib.graph_editor.subgraph import SubGraphView as SubGraphView
from graphflow._contrib.graph_editor.subgraph import make_view as make_view
from graphflow._contrib.graph_editor.subgraph import make_view_from_scope as make_view_from_scope
