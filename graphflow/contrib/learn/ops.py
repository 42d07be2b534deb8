"""Functions of the first days."""

from graphflow._estimator.learn.sequences import categorical_variable as categorical_variable
from graphflow._estimator.learn.sequences import embedding_lookup as embedding_lookup
from graphflow._estimator.learn.sequences import mean_squared_error_regressor as mean_squared_error_regressor
from graphflow._estimator.learn.sequences import rnn_decoder as rnn_decoder
from graphflow._estimator.learn.sequences import rnn_seq2seq as rnn_seq2seq
from graphflow._estimator.learn.sequences import seq2seq_inputs as seq2seq_inputs
from graphflow._estimator.learn.sequences import sequence_classifier as sequence_classifier
from graphflow._estimator.learn.sequences import softmax_classifier as softmax_classifier
