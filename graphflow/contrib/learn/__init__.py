"""`tf.contrib.learn`, the part that scripts used."""

from graphflow._estimator.learn.canned import DNNClassifier as DNNClassifier
from graphflow._estimator.learn.canned import DNNRegressor as DNNRegressor
from graphflow._estimator.learn.canned import LinearClassifier as LinearClassifier
from graphflow._estimator.learn.canned import LinearRegressor as LinearRegressor
from graphflow._estimator.learn.columns import (
    infer_real_valued_columns_from_input as infer_real_valued_columns_from_input,
)
from graphflow._estimator.learn.columns import (
    infer_real_valued_columns_from_input_fn as infer_real_valued_columns_from_input_fn,
)
from graphflow._estimator.learn.estimator import Estimator as Estimator
from graphflow._estimator.learn.estimator import MetricSpec as MetricSpec
from graphflow._estimator.learn.estimator import NotFittedError as NotFittedError
from graphflow._estimator.learn.estimator import SKCompat as SKCompat
from graphflow._estimator.learn.experiment import Experiment as Experiment
from graphflow._estimator.learn.experiment import run_feeds as run_feeds
from graphflow._estimator.learn.experiment import run_n as run_n
from graphflow._estimator.learn.model_fn_ops import ModeKeys as ModeKeys
from graphflow._estimator.learn.model_fn_ops import ModelFnOps as ModelFnOps
from graphflow._estimator.learn.model_fn_ops import ProblemType as ProblemType
from graphflow._estimator.learn.run_config import RunConfig as RunConfig
from graphflow._estimator.run_config import TaskType as TaskType
from graphflow.contrib.learn import datasets as datasets
from graphflow.contrib.learn import estimators as estimators
from graphflow.contrib.learn import learn_runner as learn_runner
from graphflow.contrib.learn import models as models
from graphflow.contrib.learn import preprocessing as preprocessing
