"""`tf.contrib.resampler`: samples of images between pixels."""

from graphflow._contrib.image import resampler as resampler
