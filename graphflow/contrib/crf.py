"""`tf.contrib.crf`: conditional random fields."""

from graphflow._contrib.crf import CrfDecodeBackwardRnnCell as CrfDecodeBackwardRnnCell
from graphflow._contrib.crf import CrfDecodeForwardRnnCell as CrfDecodeForwardRnnCell
from graphflow._contrib.crf import CrfForwardRnnCell as CrfForwardRnnCell
from graphflow._contrib.crf import crf_binary_score as crf_binary_score
from graphflow._contrib.crf import crf_decode as crf_decode
from graphflow._contrib.crf import crf_log_likelihood as crf_log_likelihood
from graphflow._contrib.crf import crf_log_norm as crf_log_norm
from graphflow._contrib.crf import crf_multitag_sequence_score as crf_multitag_sequence_score
from graphflow._contrib.crf import crf_sequence_score as crf_sequence_score
from graphflow._contrib.crf import crf_unary_score as crf_unary_score
from graphflow._contrib.crf import viterbi_decode as viterbi_decode
