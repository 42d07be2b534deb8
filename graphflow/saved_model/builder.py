"""Writing SavedModels."""

from graphflow._train.saving.models.builder import SavedModelBuilder as SavedModelBuilder
