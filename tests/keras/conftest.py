"""Every test of Keras starts with a graph, a session and layer names of its own."""

import pytest

import graphflow_keras


@pytest.fixture(autouse=True)
def fresh_session(fresh_default_graph):
    graphflow_keras.backend.clear_session()
