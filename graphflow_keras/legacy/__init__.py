"""What Keras 2 kept of Keras 1: argument names and a few layers."""
