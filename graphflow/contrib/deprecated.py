"""`tf.contrib.deprecated`: summaries under the names of the time before TensorFlow 1.0."""

from graphflow._ops.summaries import audio_summary as audio_summary
from graphflow._ops.summaries import histogram_summary as histogram_summary
from graphflow._ops.summaries import image_summary as image_summary
from graphflow._ops.summaries import merge_all_summaries as merge_all_summaries
from graphflow._ops.summaries import merge_summary as merge_summary
from graphflow._ops.summaries import scalar_summary as scalar_summary
