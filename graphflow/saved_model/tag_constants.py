"""The tags of meta graphs."""

from graphflow._train.saving.models.constants import GPU as GPU
from graphflow._train.saving.models.constants import SERVING as SERVING
from graphflow._train.saving.models.constants import TPU as TPU
from graphflow._train.saving.models.constants import TRAINING as TRAINING
