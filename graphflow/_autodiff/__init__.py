"""gradients(): the backward pass as graph nodes."""
