"""`slim.parallel_reader`."""

from graphflow._contrib.slim_datasets import ParallelReader as ParallelReader
from graphflow._contrib.slim_datasets import get_data_files as get_data_files
from graphflow._contrib.slim_datasets import parallel_read as parallel_read
from graphflow._contrib.slim_datasets import single_pass_read as single_pass_read
