"""`slim.queues`."""

from graphflow._contrib.slim_queues import NestedQueueRunnerError as NestedQueueRunnerError
from graphflow._contrib.slim_queues import QueueRunners as QueueRunners
