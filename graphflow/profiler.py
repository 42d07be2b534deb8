"""How many parameters a graph has, how many operations it takes, how long it took."""

from graphflow._train.profiler import GraphNode as GraphNodeProto
from graphflow._train.profiler import ProfileOptionBuilder as ProfileOptionBuilder
from graphflow._train.profiler import Profiler as Profiler
from graphflow._train.profiler import profile as profile
