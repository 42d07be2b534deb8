"""The IR: operations, tensors, graphs, scopes, GraphDef."""
