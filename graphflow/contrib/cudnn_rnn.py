"""`tf.contrib.cudnn_rnn`: recurrent layers with cuDNN's formulas."""

from graphflow._contrib.cudnn_rnn import CudnnCompatibleGRUCell as CudnnCompatibleGRUCell
from graphflow._contrib.cudnn_rnn import CudnnCompatibleLSTMCell as CudnnCompatibleLSTMCell
from graphflow._contrib.cudnn_rnn import CudnnGRU as CudnnGRU
from graphflow._contrib.cudnn_rnn import CudnnLSTM as CudnnLSTM
from graphflow._contrib.cudnn_rnn import CudnnRNNRelu as CudnnRNNRelu
from graphflow._contrib.cudnn_rnn import CudnnRNNTanh as CudnnRNNTanh
