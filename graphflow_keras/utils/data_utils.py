"""Files from the net, and batches made by workers."""

from urllib.request import urlretrieve as urlretrieve

from graphflow_keras.utils._enqueue import GeneratorEnqueuer as GeneratorEnqueuer
from graphflow_keras.utils._enqueue import OrderedEnqueuer as OrderedEnqueuer
from graphflow_keras.utils._enqueue import Sequence as Sequence
from graphflow_keras.utils._enqueue import SequenceEnqueuer as SequenceEnqueuer
from graphflow_keras.utils._enqueue import get_index as get_index
from graphflow_keras.utils._enqueue import init_pool as init_pool
from graphflow_keras.utils._enqueue import init_pool_generator as init_pool_generator
from graphflow_keras.utils._enqueue import next_sample as next_sample
from graphflow_keras.utils._get_file import _extract_archive as _extract_archive
from graphflow_keras.utils._get_file import _hash_file as _hash_file
from graphflow_keras.utils._get_file import get_file as get_file
from graphflow_keras.utils._get_file import validate_file as validate_file
