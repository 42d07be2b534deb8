"""How many parameters a graph has, how many operations it takes, how long it took."""

from graphflow._core.refused import AdviceProto as AdviceProto
from graphflow._core.refused import MultiGraphNodeProto as MultiGraphNodeProto
from graphflow._core.refused import OpLogProto as OpLogProto
from graphflow._core.refused import advise as advise
from graphflow._core.refused import write_op_log as write_op_log
from graphflow._train.profiler import GraphNode as GraphNodeProto
from graphflow._train.profiler import ProfileOptionBuilder as ProfileOptionBuilder
from graphflow._train.profiler import Profiler as Profiler
from graphflow._train.profiler import profile as profile
