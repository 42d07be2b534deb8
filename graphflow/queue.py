"""Queues."""

from graphflow._ops.queues import FIFOQueue as FIFOQueue
from graphflow._ops.queues import PaddingFIFOQueue as PaddingFIFOQueue
from graphflow._ops.queues import PriorityQueue as PriorityQueue
from graphflow._ops.queues import QueueBase as QueueBase
from graphflow._ops.queues import RandomShuffleQueue as RandomShuffleQueue
