"""SavedModels: a folder with graphs, variables, assets and signatures."""

from graphflow._train.saving.models.builder import SavedModelBuilder as Builder
from graphflow._train.saving.models.builder import main_op_with_restore as main_op_with_restore
from graphflow._train.saving.models.builder import simple_save as simple_save
from graphflow._train.saving.models.constants import ASSETS_DIRECTORY as ASSETS_DIRECTORY
from graphflow._train.saving.models.constants import ASSETS_KEY as ASSETS_KEY
from graphflow._train.saving.models.constants import CLASSIFY_INPUTS as CLASSIFY_INPUTS
from graphflow._train.saving.models.constants import CLASSIFY_METHOD_NAME as CLASSIFY_METHOD_NAME
from graphflow._train.saving.models.constants import CLASSIFY_OUTPUT_CLASSES as CLASSIFY_OUTPUT_CLASSES
from graphflow._train.saving.models.constants import CLASSIFY_OUTPUT_SCORES as CLASSIFY_OUTPUT_SCORES
from graphflow._train.saving.models.constants import (
    DEFAULT_SERVING_SIGNATURE_DEF_KEY as DEFAULT_SERVING_SIGNATURE_DEF_KEY,
)
from graphflow._train.saving.models.constants import GPU as GPU
from graphflow._train.saving.models.constants import LEGACY_INIT_OP_KEY as LEGACY_INIT_OP_KEY
from graphflow._train.saving.models.constants import MAIN_OP_KEY as MAIN_OP_KEY
from graphflow._train.saving.models.constants import PREDICT_INPUTS as PREDICT_INPUTS
from graphflow._train.saving.models.constants import PREDICT_METHOD_NAME as PREDICT_METHOD_NAME
from graphflow._train.saving.models.constants import PREDICT_OUTPUTS as PREDICT_OUTPUTS
from graphflow._train.saving.models.constants import REGRESS_INPUTS as REGRESS_INPUTS
from graphflow._train.saving.models.constants import REGRESS_METHOD_NAME as REGRESS_METHOD_NAME
from graphflow._train.saving.models.constants import REGRESS_OUTPUTS as REGRESS_OUTPUTS
from graphflow._train.saving.models.constants import SAVED_MODEL_FILENAME_PB as SAVED_MODEL_FILENAME_PB
from graphflow._train.saving.models.constants import SAVED_MODEL_FILENAME_PBTXT as SAVED_MODEL_FILENAME_PBTXT
from graphflow._train.saving.models.constants import SAVED_MODEL_SCHEMA_VERSION as SAVED_MODEL_SCHEMA_VERSION
from graphflow._train.saving.models.constants import SERVING as SERVING
from graphflow._train.saving.models.constants import TPU as TPU
from graphflow._train.saving.models.constants import TRAINING as TRAINING
from graphflow._train.saving.models.constants import VARIABLES_DIRECTORY as VARIABLES_DIRECTORY
from graphflow._train.saving.models.constants import VARIABLES_FILENAME as VARIABLES_FILENAME
from graphflow._train.saving.models.loader import load as load
from graphflow._train.saving.models.loader import maybe_saved_model_directory as contains_saved_model
from graphflow._train.saving.models.loader import maybe_saved_model_directory as maybe_saved_model_directory
from graphflow._train.saving.models.signatures import build_signature_def as build_signature_def
from graphflow._train.saving.models.signatures import build_tensor_info as build_tensor_info
from graphflow._train.saving.models.signatures import classification_signature_def as classification_signature_def
from graphflow._train.saving.models.signatures import get_tensor_from_tensor_info as get_tensor_from_tensor_info
from graphflow._train.saving.models.signatures import is_valid_signature as is_valid_signature
from graphflow._train.saving.models.signatures import predict_signature_def as predict_signature_def
from graphflow._train.saving.models.signatures import regression_signature_def as regression_signature_def
from graphflow.saved_model import builder as builder
from graphflow.saved_model import constants as constants
from graphflow.saved_model import loader as loader
from graphflow.saved_model import main_op as main_op
from graphflow.saved_model import signature_constants as signature_constants
from graphflow.saved_model import signature_def_utils as signature_def_utils
from graphflow.saved_model import tag_constants as tag_constants
from graphflow.saved_model import utils as utils


def save(obj, export_dir, signatures=None):
    """Not built: it writes functions of eager TensorFlow 2. `simple_save` and `Builder` write graphs."""
    raise NotImplementedError(
        "tf.saved_model.save writes the functions of eager TensorFlow 2, which do not exist here: use tf.saved_model.simple_save"
    )


def load_v2(export_dir, tags=None):
    """Not built: it makes objects of eager TensorFlow 2. `load` puts the same file into a graph and a session."""
    raise NotImplementedError(
        "tf.saved_model.load_v2 makes objects of eager TensorFlow 2: use tf.saved_model.load(sess, tags, export_dir), which reads "
        "the same files"
    )
