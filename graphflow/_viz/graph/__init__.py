"""The one form in which pictures see a graph: nodes, edges, scopes, and what is laid on them."""
