"""Room: what scripts take from TensorFlow beside graphs: flags, logging, the example data sets."""
