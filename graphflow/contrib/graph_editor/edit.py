"""`graph_editor.edit`."""

from graphflow._contrib.graph_editor.reroute import bypass as bypass
from graphflow._contrib.graph_editor.reroute import connect as connect
from graphflow._contrib.graph_editor.reroute import detach as detach
from graphflow._contrib.graph_editor.reroute import detach_control_inputs as detach_control_inputs
from graphflow._contrib.graph_editor.reroute import detach_control_outputs as detach_control_outputs
from graphflow._contrib.graph_editor.reroute import detach_inputs as detach_inputs
from graphflow._contrib.graph_editor.reroute import detach_outputs as detach_outputs
