"""`tf.contrib.signal`: older names of `tf.signal`."""

from graphflow._ops.signal_frames import frame as frame
from graphflow._ops.signal_frames import frame as frames
from graphflow._ops.signal_frames import hamming_window as hamming_window
from graphflow._ops.signal_frames import hann_window as hann_window
from graphflow._ops.signal_frames import overlap_and_add as overlap_and_add
from graphflow._ops.signal_stft import inverse_stft as inverse_stft
from graphflow._ops.signal_stft import inverse_stft_window_fn as inverse_stft_window_fn
from graphflow._ops.signal_stft import linear_to_mel_weight_matrix as linear_to_mel_weight_matrix
from graphflow._ops.signal_stft import mfccs_from_log_mel_spectrograms as mfccs_from_log_mel_spectrograms
from graphflow._ops.signal_stft import stft as stft
