"""`tf.contrib.summary`: summaries that nodes of the graph write to event files by themselves."""

from graphflow._contrib.summary_writers import SummaryWriter as SummaryWriter
from graphflow._contrib.summary_writers import all_summary_ops as all_summary_ops
from graphflow._contrib.summary_writers import always_record_summaries as always_record_summaries
from graphflow._contrib.summary_writers import audio as audio
from graphflow._contrib.summary_writers import create_db_writer as create_db_writer
from graphflow._contrib.summary_writers import create_file_writer as create_file_writer
from graphflow._contrib.summary_writers import create_file_writer as create_summary_file_writer
from graphflow._contrib.summary_writers import eval_dir as eval_dir
from graphflow._contrib.summary_writers import flush as flush
from graphflow._contrib.summary_writers import generic as generic
from graphflow._contrib.summary_writers import graph as graph
from graphflow._contrib.summary_writers import histogram as histogram
from graphflow._contrib.summary_writers import image as image
from graphflow._contrib.summary_writers import import_event as import_event
from graphflow._contrib.summary_writers import initialize as initialize
from graphflow._contrib.summary_writers import never_record_summaries as never_record_summaries
from graphflow._contrib.summary_writers import (
    record_summaries_every_n_global_steps as record_summaries_every_n_global_steps,
)
from graphflow._contrib.summary_writers import scalar as scalar
from graphflow._contrib.summary_writers import should_record_summaries as should_record_summaries
from graphflow._contrib.summary_writers import summary_writer_initializer_op as summary_writer_initializer_op
