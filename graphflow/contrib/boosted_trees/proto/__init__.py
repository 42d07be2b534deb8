"""The settings of boosted trees."""

from graphflow.contrib.boosted_trees.proto import learner_pb2 as learner_pb2
