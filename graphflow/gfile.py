"""Files and folders under the names of TensorFlow 1."""

from graphflow._files.gfile import Copy as Copy
from graphflow._files.gfile import DeleteRecursively as DeleteRecursively
from graphflow._files.gfile import Exists as Exists
from graphflow._files.gfile import FastGFile as FastGFile
from graphflow._files.gfile import GFile as GFile
from graphflow._files.gfile import Glob as Glob
from graphflow._files.gfile import IsDirectory as IsDirectory
from graphflow._files.gfile import ListDirectory as ListDirectory
from graphflow._files.gfile import MakeDirs as MakeDirs
from graphflow._files.gfile import MkDir as MkDir
from graphflow._files.gfile import Open as Open
from graphflow._files.gfile import Remove as Remove
from graphflow._files.gfile import Rename as Rename
from graphflow._files.gfile import Stat as Stat
from graphflow._files.gfile import Walk as Walk
