"""Data sets in CSV files, and downloads."""

from graphflow._contrib.csv_data import Dataset as Dataset
from graphflow._contrib.csv_data import load_boston as load_boston
from graphflow._contrib.csv_data import load_csv_with_header as load_csv_with_header
from graphflow._contrib.csv_data import load_csv_without_header as load_csv_without_header
from graphflow._contrib.csv_data import load_iris as load_iris
from graphflow._platform.download import maybe_download as maybe_download
from graphflow._platform.mnist import Datasets as Datasets
