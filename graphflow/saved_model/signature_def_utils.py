"""Making signatures."""

from graphflow._train.saving.models.signatures import build_signature_def as build_signature_def
from graphflow._train.saving.models.signatures import classification_signature_def as classification_signature_def
from graphflow._train.saving.models.signatures import is_valid_signature as is_valid_signature
from graphflow._train.saving.models.signatures import predict_signature_def as predict_signature_def
from graphflow._train.saving.models.signatures import regression_signature_def as regression_signature_def
