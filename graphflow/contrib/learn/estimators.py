"""Estimators, under the name of the module they were in."""

from graphflow._estimator.learn import dynamic_rnn as dynamic_rnn_estimator
from graphflow._estimator.learn import dynamic_rnn as rnn_common  # two files of those days
from graphflow._estimator.learn import model_fn_ops as constants
from graphflow._estimator.learn import model_fn_ops as model_fn  # its name in those days
from graphflow._estimator.learn import run_config as run_config
from graphflow._estimator.learn.canned import DNNClassifier as DNNClassifier
from graphflow._estimator.learn.canned import DNNRegressor as DNNRegressor
from graphflow._estimator.learn.canned import LinearClassifier as LinearClassifier
from graphflow._estimator.learn.canned import LinearRegressor as LinearRegressor
from graphflow._estimator.learn.estimator import Estimator as Estimator
from graphflow._estimator.learn.estimator import SKCompat as SKCompat
from graphflow._estimator.learn.model_fn_ops import ModeKeys as ModeKeys
from graphflow._estimator.learn.model_fn_ops import ModelFnOps as ModelFnOps
from graphflow._estimator.learn.run_config import RunConfig as RunConfig
