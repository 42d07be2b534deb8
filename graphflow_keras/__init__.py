"""The Keras 2.2.4 API over graphflow's public names: layers, models, callbacks, in the same graph."""
