"""The names of files and collections in SavedModels."""

from graphflow._train.saving.models.constants import ASSETS_DIRECTORY as ASSETS_DIRECTORY
from graphflow._train.saving.models.constants import ASSETS_KEY as ASSETS_KEY
from graphflow._train.saving.models.constants import LEGACY_INIT_OP_KEY as LEGACY_INIT_OP_KEY
from graphflow._train.saving.models.constants import MAIN_OP_KEY as MAIN_OP_KEY
from graphflow._train.saving.models.constants import SAVED_MODEL_FILENAME_PB as SAVED_MODEL_FILENAME_PB
from graphflow._train.saving.models.constants import SAVED_MODEL_FILENAME_PBTXT as SAVED_MODEL_FILENAME_PBTXT
from graphflow._train.saving.models.constants import SAVED_MODEL_SCHEMA_VERSION as SAVED_MODEL_SCHEMA_VERSION
from graphflow._train.saving.models.constants import VARIABLES_DIRECTORY as VARIABLES_DIRECTORY
from graphflow._train.saving.models.constants import VARIABLES_FILENAME as VARIABLES_FILENAME
