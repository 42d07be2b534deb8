"""`tf.resource_loader`: files that lie beside a script."""

from graphflow._platform.installed import get_data_files_path as get_data_files_path
from graphflow._platform.installed import get_path_to_datafile as get_path_to_datafile
from graphflow._platform.installed import get_root_dir_with_all_resources as get_root_dir_with_all_resources
from graphflow._platform.installed import load_resource as load_resource
from graphflow._platform.installed import readahead_file_path as readahead_file_path
