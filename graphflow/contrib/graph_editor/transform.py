"""`graph_editor.transform`."""

from graphflow._contrib.graph_editor.transform import Transformer as Transformer
from graphflow._contrib.graph_editor.transform import TransformerInfo as TransformerInfo
from graphflow._contrib.graph_editor.transform import (
    assign_renamed_collections_handler as assign_renamed_collections_handler,
)
from graphflow._contrib.graph_editor.transform import copy as copy
from graphflow._contrib.graph_editor.transform import copy_op_handler as copy_op_handler
from graphflow._contrib.graph_editor.transform import copy_with_input_replacements as copy_with_input_replacements
from graphflow._contrib.graph_editor.transform import graph_replace as graph_replace
from graphflow._contrib.graph_editor.transform import keep_t_if_possible_handler as keep_t_if_possible_handler
from graphflow._contrib.graph_editor.transform import (
    replace_t_with_placeholder_handler as replace_t_with_placeholder_handler,
)
from graphflow._contrib.graph_editor.transform import transform_op_if_inside_handler as transform_op_if_inside_handler
