"""Feature columns: how the features of a dataset become the input of a model."""
