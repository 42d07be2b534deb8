"""View of a graph in, view of a graph out."""
