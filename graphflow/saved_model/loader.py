"""Reading SavedModels."""

from graphflow._train.saving.models.loader import load as load
from graphflow._train.saving.models.loader import maybe_saved_model_directory as maybe_saved_model_directory
from graphflow._train.saving.models.loader import parse_saved_model as parse_saved_model
