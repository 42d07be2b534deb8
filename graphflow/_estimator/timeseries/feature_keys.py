"""The names of features and results of time series."""


class State:
    """The state that a series has been filtered to."""

    STATE_TUPLE, STATE_PREFIX = "start_tuple", "model_state"


class Times:
    """When observations are made."""

    TIMES = "times"


class Values:
    """What is observed."""

    VALUES = "values"


class TrainEvalFeatures(Times, Values):
    """Features to train on and to evaluate."""


class PredictionFeatures(Times, State):
    """Features to predict from."""


class FilteringFeatures(Times, Values, State):
    """Features to filter."""


class PredictionResults(Times):
    """What predictions hold."""


class FilteringResults(Times, State):
    """What evaluations hold."""


class SavedModelLabels:
    """The signatures of exported models."""

    PREDICT, FILTER, COLD_START_FILTER = "serving_default", "filter", "cold_start_filter"
