"""Operations that loading a SavedModel runs."""

from graphflow._train.saving.models.builder import main_op as main_op
from graphflow._train.saving.models.builder import main_op_with_restore as main_op_with_restore
