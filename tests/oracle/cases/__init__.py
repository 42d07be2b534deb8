"""The cases, by family. A module here imports neither TensorFlow nor graphflow; Python 3.7 can read it."""
