"""Files and folders."""

from graphflow._files.gfile import GFile as GFile
from graphflow._files.gfile import copy as copy
from graphflow._files.gfile import exists as exists
from graphflow._files.gfile import glob as glob
from graphflow._files.gfile import isdir as isdir
from graphflow._files.gfile import listdir as listdir
from graphflow._files.gfile import makedirs as makedirs
from graphflow._files.gfile import mkdir as mkdir
from graphflow._files.gfile import remove as remove
from graphflow._files.gfile import rename as rename
from graphflow._files.gfile import rmtree as rmtree
from graphflow._files.gfile import stat as stat
from graphflow._files.gfile import walk as walk
