"""`python -m graphflow script.py`: unmodified TensorFlow 1 scripts."""
