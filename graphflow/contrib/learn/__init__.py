"""`tf.contrib.learn`, the part that scripts used."""

from graphflow._estimator.learn.canned import DNNClassifier as DNNClassifier
from graphflow._estimator.learn.canned import DNNEstimator as DNNEstimator
from graphflow._estimator.learn.canned import DNNLinearCombinedClassifier as DNNLinearCombinedClassifier
from graphflow._estimator.learn.canned import DNNLinearCombinedEstimator as DNNLinearCombinedEstimator
from graphflow._estimator.learn.canned import DNNLinearCombinedRegressor as DNNLinearCombinedRegressor
from graphflow._estimator.learn.canned import DNNRegressor as DNNRegressor
from graphflow._estimator.learn.canned import LinearClassifier as LinearClassifier
from graphflow._estimator.learn.canned import LinearEstimator as LinearEstimator
from graphflow._estimator.learn.canned import LinearRegressor as LinearRegressor
from graphflow._estimator.learn.canned import LogisticRegressor as LogisticRegressor
from graphflow._estimator.learn.columns import (
    infer_real_valued_columns_from_input as infer_real_valued_columns_from_input,
)
from graphflow._estimator.learn.columns import (
    infer_real_valued_columns_from_input_fn as infer_real_valued_columns_from_input_fn,
)
from graphflow._estimator.learn.dynamic_rnn import DynamicRnnEstimator as DynamicRnnEstimator
from graphflow._estimator.learn.estimator import Estimator as BaseEstimator
from graphflow._estimator.learn.estimator import Estimator as Estimator
from graphflow._estimator.learn.estimator import Evaluable as Evaluable
from graphflow._estimator.learn.estimator import MetricSpec as MetricSpec
from graphflow._estimator.learn.estimator import NotFittedError as NotFittedError
from graphflow._estimator.learn.estimator import SKCompat as SKCompat
from graphflow._estimator.learn.estimator import Trainable as Trainable
from graphflow._estimator.learn.experiment import Experiment as Experiment
from graphflow._estimator.learn.frames import extract_dask_data as extract_dask_data
from graphflow._estimator.learn.frames import extract_dask_labels as extract_dask_labels
from graphflow._estimator.learn.frames import extract_pandas_data as extract_pandas_data
from graphflow._estimator.learn.frames import extract_pandas_labels as extract_pandas_labels
from graphflow._estimator.learn.frames import extract_pandas_matrix as extract_pandas_matrix
from graphflow._estimator.learn.graph_runs import evaluate as evaluate
from graphflow._estimator.learn.graph_runs import infer as infer
from graphflow._estimator.learn.graph_runs import run_feeds as run_feeds
from graphflow._estimator.learn.graph_runs import run_n as run_n
from graphflow._estimator.learn.graph_runs import train as train
from graphflow._estimator.learn.heads import Head as Head
from graphflow._estimator.learn.heads import binary_svm_head as binary_svm_head
from graphflow._estimator.learn.heads import multi_class_head as multi_class_head
from graphflow._estimator.learn.heads import multi_head as multi_head
from graphflow._estimator.learn.heads import multi_label_head as multi_label_head
from graphflow._estimator.learn.heads import no_op_train_fn as no_op_train_fn
from graphflow._estimator.learn.heads import poisson_regression_head as poisson_regression_head
from graphflow._estimator.learn.heads import regression_head as regression_head
from graphflow._estimator.learn.kmeans import KMeansClustering as KMeansClustering
from graphflow._estimator.learn.model_fn_ops import ModeKeys as ModeKeys
from graphflow._estimator.learn.model_fn_ops import ModelFnOps as ModelFnOps
from graphflow._estimator.learn.model_fn_ops import PredictionKey as PredictionKey
from graphflow._estimator.learn.model_fn_ops import ProblemType as ProblemType
from graphflow._estimator.learn.reading import read_batch_examples as read_batch_examples
from graphflow._estimator.learn.reading import read_batch_features as read_batch_features
from graphflow._estimator.learn.reading import read_batch_record_features as read_batch_record_features
from graphflow._estimator.learn.reading import read_keyed_batch_examples as read_keyed_batch_examples
from graphflow._estimator.learn.reading import read_keyed_batch_examples as read_keyed_batch_examples_shared_queue
from graphflow._estimator.learn.reading import read_keyed_batch_features as read_keyed_batch_features
from graphflow._estimator.learn.reading import (
    read_keyed_batch_features_shared_queue as read_keyed_batch_features_shared_queue,
)
from graphflow._estimator.learn.run_config import RunConfig as RunConfig
from graphflow._estimator.learn.serving import ExportStrategy as ExportStrategy
from graphflow._estimator.learn.serving import InputFnOps as InputFnOps
from graphflow._estimator.learn.serving import build_parsing_serving_input_fn as build_parsing_serving_input_fn
from graphflow._estimator.learn.serving import make_export_strategy as make_export_strategy
from graphflow._estimator.learn.svm import SVM as SVM
from graphflow._estimator.run_config import TaskType as TaskType
from graphflow._train.sessions.hooks import NanLossDuringTrainingError as NanLossDuringTrainingError
from graphflow.contrib.learn import datasets as datasets
from graphflow.contrib.learn import estimators as estimators
from graphflow.contrib.learn import graph_actions as graph_actions
from graphflow.contrib.learn import head as head
from graphflow.contrib.learn import io as io
from graphflow.contrib.learn import learn_runner as learn_runner
from graphflow.contrib.learn import models as models
from graphflow.contrib.learn import monitors as monitors
from graphflow.contrib.learn import ops as ops
from graphflow.contrib.learn import preprocessing as preprocessing
from graphflow.contrib.learn import utils as utils
