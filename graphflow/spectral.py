"""Older names of `signal`."""

from graphflow._ops.dct import dct as dct
from graphflow._ops.dct import idct as idct
from graphflow._ops.spectral import fft as fft
from graphflow._ops.spectral import fft2d as fft2d
from graphflow._ops.spectral import fft3d as fft3d
from graphflow._ops.spectral import ifft as ifft
from graphflow._ops.spectral import ifft2d as ifft2d
from graphflow._ops.spectral import ifft3d as ifft3d
from graphflow._ops.spectral import irfft as irfft
from graphflow._ops.spectral import irfft2d as irfft2d
from graphflow._ops.spectral import irfft3d as irfft3d
from graphflow._ops.spectral import rfft as rfft
from graphflow._ops.spectral import rfft2d as rfft2d
from graphflow._ops.spectral import rfft3d as rfft3d
