"""Pictures of a graph, reading only the IR."""
