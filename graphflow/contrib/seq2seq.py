"""`tf.contrib.seq2seq`: the loss of sequences."""

from graphflow._contrib.seq2seq_losses import sequence_loss as sequence_loss
