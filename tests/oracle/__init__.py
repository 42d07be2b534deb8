"""What real TensorFlow 1.15.5 answers, recorded, and how graphflow is held against it (see README.md)."""
