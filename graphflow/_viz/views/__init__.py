"""What is shown of a graph: a run, its explanation, a difference, gradients, steps, a summary."""
