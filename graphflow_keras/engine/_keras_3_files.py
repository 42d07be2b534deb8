"""Files of Keras 3: `.weights.h5`, and `.keras`, a zip of `config.json` and `model.weights.h5`. They are read only."""

import contextlib
import io
import re
import stat
import zipfile

import h5py

from graphflow_keras.engine import _model_files

_MAX_RATIO = 1100  # deflate cannot do better
_MAX_WEIGHTS = 1 << 34


class Archive:
    """A `.keras` file: the texts of its config, and its weights.

    Raises:
        ValueError: names that lead out of the archive, links, doubles, encryption, or sizes that cannot be true.
    """

    def __init__(self, path):
        self.where = str(path)
        with self._reading("the archive"):
            self._zip = zipfile.ZipFile(path)
        members = self._zip.infolist()
        names = [member.filename for member in members]
        for member in members:
            name = member.filename
            if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or names.count(name) > 1:
                raise ValueError(
                    f"{self.where}: the archive's member {name!r} is refused: its name is unsafe or not unique."
                )
            if stat.S_ISLNK(member.external_attr >> 16) or member.flag_bits & 1:
                raise ValueError(f"{self.where}: the archive's member {name!r} is refused: it is a link or encrypted.")
        missing = {"config.json", "model.weights.h5"} - set(names)
        if missing:
            raise ValueError(
                f"{self.where} is a zip archive without {' and '.join(sorted(missing))}: it is no .keras file."
            )

    @contextlib.contextmanager
    def _reading(self, what):
        try:
            yield
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            raise ValueError(f"{self.where}: {what} cannot be read: {error}") from error

    def read(self, name, limit):
        member = self._zip.getinfo(name)
        if member.file_size > limit or member.file_size > _MAX_RATIO * max(1, member.compress_size):
            raise ValueError(
                f"{self.where}: {name} claims {member.file_size} bytes of {member.compress_size} compressed ones; refused."
            )
        with self._reading(name):
            return self._zip.read(name)

    def text(self, name):
        with self._reading(name):
            try:
                return self.read(name, _model_files.MAX_TEXT).decode("utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(f"{self.where}: {name} is not text: {error}") from error

    @contextlib.contextmanager
    def weights(self):
        """The weights as a source."""
        content = io.BytesIO(self.read("model.weights.h5", _MAX_WEIGHTS))
        with self._reading("model.weights.h5"):
            file = h5py.File(content, "r")
        with file:
            source = _model_files.HDF5Source(file)
            source.where = f"{self.where}/model.weights.h5:/"
            yield source

    def close(self):
        self._zip.close()


def is_weights_file(source):
    """Whether a source is laid out as Keras 3 lays out weights."""
    return isinstance(source, _model_files.HDF5Source) and "layer_names" not in source and "layers" in source


def arrays_of(layers, source):
    """The stored arrays of each layer, in the order of `layers`: list of lists."""
    group = source.group_at("layers")
    taken = {}
    found = []
    for layer in layers:
        key = _group_name(layer)
        count = taken[key] = taken.get(key, -1) + 1
        name = f"{key}_{count}" if count else key
        found.append(_arrays(layer, group.group_at(name)) if layer.weights else [])
    return found


def _group_name(layer):
    name = type(layer).__name__
    if name == "Model":
        return "functional"
    return re.sub(
        r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    ).lower()


def _arrays(layer, group):
    """Weights of one layer as `layer.weights` lists them."""
    kind = type(layer).__name__
    if kind in ("Model", "Sequential"):
        per_layer = arrays_of(layer.layers, group)
        # A model lists what is trainable in all its layers first.
        counts = [len(inner.trainable_weights) for inner in layer.layers]
        return [array for arrays, count in zip(per_layer, counts) for array in arrays[:count]] + [
            array for arrays, count in zip(per_layer, counts) for array in arrays[count:]
        ]
    if kind == "Bidirectional":
        return _arrays(layer.forward_layer, group.group_at("forward_layer")) + _arrays(
            layer.backward_layer, group.group_at("backward_layer")
        )
    if kind == "TimeDistributed":
        return _arrays(layer.layer, group.group_at("layer"))
    if "cell" in group:
        return _arrays(layer.cell, group.group_at("cell"))
    if "cells" in group:
        cells = group.group_at("cells")
        names = [_group_name(cell) for cell in layer.cells]
        numbered = [f"{n}_{names[:i].count(n)}" if names[:i].count(n) else n for i, n in enumerate(names)]
        return [array for cell, name in zip(layer.cells, numbered) for array in _arrays(cell, cells.group_at(name))]
    variables = group.group_at("vars")
    return [variables.array(str(index)) for index in range(len(variables.children()))]


def optimizer_arrays(source):
    """Names and stored arrays of the optimizer's state, both lists, empty where there is none."""
    if "optimizer" not in source:
        return [], []
    variables = source.group_at("optimizer").group_at("vars")
    arrays = [variables.array(str(index)) for index in range(len(variables.children()))]
    return ["iteration", *(str(index) for index in range(1, len(arrays)))], arrays
