"""Training, evaluation and runs of graphs."""

from graphflow._estimator.learn.graph_runs import clear_summary_writers as clear_summary_writers
from graphflow._estimator.learn.graph_runs import evaluate as evaluate
from graphflow._estimator.learn.graph_runs import get_summary_writer as get_summary_writer
from graphflow._estimator.learn.graph_runs import infer as infer
from graphflow._estimator.learn.graph_runs import load_variable as load_variable
from graphflow._estimator.learn.graph_runs import run_feeds as run_feeds
from graphflow._estimator.learn.graph_runs import run_feeds_iter as run_feeds_iter
from graphflow._estimator.learn.graph_runs import run_n as run_n
from graphflow._estimator.learn.graph_runs import train as train
