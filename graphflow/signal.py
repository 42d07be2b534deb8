"""Signals: Fourier and cosine transforms, frames and windows, the mel scale."""

from graphflow._ops.dct import dct as dct
from graphflow._ops.dct import idct as idct
from graphflow._ops.signal_frames import frame as frame
from graphflow._ops.signal_frames import hamming_window as hamming_window
from graphflow._ops.signal_frames import hann_window as hann_window
from graphflow._ops.signal_frames import overlap_and_add as overlap_and_add
from graphflow._ops.signal_stft import inverse_stft as inverse_stft
from graphflow._ops.signal_stft import inverse_stft_window_fn as inverse_stft_window_fn
from graphflow._ops.signal_stft import linear_to_mel_weight_matrix as linear_to_mel_weight_matrix
from graphflow._ops.signal_stft import mfccs_from_log_mel_spectrograms as mfccs_from_log_mel_spectrograms
from graphflow._ops.signal_stft import stft as stft
from graphflow._ops.spectral import fft as fft
from graphflow._ops.spectral import fft2d as fft2d
from graphflow._ops.spectral import fft3d as fft3d
from graphflow._ops.spectral import fftshift as fftshift
from graphflow._ops.spectral import ifft as ifft
from graphflow._ops.spectral import ifft2d as ifft2d
from graphflow._ops.spectral import ifft3d as ifft3d
from graphflow._ops.spectral import ifftshift as ifftshift
from graphflow._ops.spectral import irfft as irfft
from graphflow._ops.spectral import irfft2d as irfft2d
from graphflow._ops.spectral import irfft3d as irfft3d
from graphflow._ops.spectral import rfft as rfft
from graphflow._ops.spectral import rfft2d as rfft2d
from graphflow._ops.spectral import rfft3d as rfft3d
