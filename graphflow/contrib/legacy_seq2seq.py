"""`tf.contrib.legacy_seq2seq`: sequences as lists of steps."""

from graphflow._contrib.legacy_seq2seq import basic_rnn_seq2seq as basic_rnn_seq2seq
from graphflow._contrib.legacy_seq2seq import model_with_buckets as model_with_buckets
from graphflow._contrib.legacy_seq2seq import rnn_decoder as rnn_decoder
from graphflow._contrib.legacy_seq2seq import sequence_loss as sequence_loss
from graphflow._contrib.legacy_seq2seq import sequence_loss_by_example as sequence_loss_by_example
from graphflow._contrib.legacy_seq2seq import tied_rnn_seq2seq as tied_rnn_seq2seq
