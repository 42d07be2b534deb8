"""`tf.distribute.experimental`."""

from graphflow._train.distribution import CentralStorageStrategy as CentralStorageStrategy
from graphflow._train.distribution import CollectiveAllReduceStrategy as MultiWorkerMirroredStrategy
from graphflow._train.distribution import ParameterServerStrategy as ParameterServerStrategy
