"""The names that signatures use."""

from graphflow._train.saving.models.constants import CLASSIFY_INPUTS as CLASSIFY_INPUTS
from graphflow._train.saving.models.constants import CLASSIFY_METHOD_NAME as CLASSIFY_METHOD_NAME
from graphflow._train.saving.models.constants import CLASSIFY_OUTPUT_CLASSES as CLASSIFY_OUTPUT_CLASSES
from graphflow._train.saving.models.constants import CLASSIFY_OUTPUT_SCORES as CLASSIFY_OUTPUT_SCORES
from graphflow._train.saving.models.constants import (
    DEFAULT_SERVING_SIGNATURE_DEF_KEY as DEFAULT_SERVING_SIGNATURE_DEF_KEY,
)
from graphflow._train.saving.models.constants import PREDICT_INPUTS as PREDICT_INPUTS
from graphflow._train.saving.models.constants import PREDICT_METHOD_NAME as PREDICT_METHOD_NAME
from graphflow._train.saving.models.constants import PREDICT_OUTPUTS as PREDICT_OUTPUTS
from graphflow._train.saving.models.constants import REGRESS_INPUTS as REGRESS_INPUTS
from graphflow._train.saving.models.constants import REGRESS_METHOD_NAME as REGRESS_METHOD_NAME
from graphflow._train.saving.models.constants import REGRESS_OUTPUTS as REGRESS_OUTPUTS
