"""Endless batches of images that lie in files: a folder for each class, or files listed in a table."""

import os
import warnings

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras.preprocessing import _image_files
from graphflow_keras.preprocessing._iterators import Iterator, check_subset


class _FileIterator(Iterator):
    """Batches of the images in `filepaths`, with targets by `class_mode`."""

    allowed_class_modes = frozenset()
    sample_weight = None

    def _set_processing(
        self,
        image_data_generator,
        target_size,
        color_mode,
        class_mode,
        data_format,
        save_to_dir,
        save_prefix,
        save_format,
        subset,
        interpolation,
        dtype,
    ):
        if class_mode not in self.allowed_class_modes:
            modes = ", ".join(sorted(map(repr, self.allowed_class_modes)))
            raise ValueError(f"Invalid class_mode: {class_mode!r}; expected one of: {modes}")
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode = color_mode
        self.class_mode = class_mode
        self.data_format = data_format or K.image_data_format()
        channels = (_image_files.channels_of(color_mode),)
        last = self.data_format == "channels_last"
        self.image_shape = self.target_size + channels if last else channels + self.target_size
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.dtype = dtype or K.floatx()
        self.subset = subset
        self.split = None
        if subset is not None:
            check_subset(subset)
            share = image_data_generator._validation_split
            self.split = (0, share) if subset == "validation" else (share, 1)

    def _part(self, items):
        """Those of a list that belong to the subset."""
        if not self.split:
            return items
        return items[int(self.split[0] * len(items)) : int(self.split[1] * len(items))]

    def _get_batches_of_transformed_samples(self, index_array):
        batch = np.zeros((len(index_array), *self.image_shape), self.dtype)
        for i, j in enumerate(index_array):
            with _image_files.load_img(
                self.filepaths[j],
                color_mode=self.color_mode,
                target_size=self.target_size,
                interpolation=self.interpolation,
            ) as image:
                x = _image_files.img_to_array(image, self.data_format, "float32")
            if self.image_data_generator:
                x = self.image_data_generator.random_transform(x)
                x = self.image_data_generator.standardize(x)
            batch[i] = x
        if self.save_to_dir:
            self._save(batch, index_array, 10_000_000)
        if self.class_mode is None:
            return batch
        targets = self._targets_of(index_array, batch)
        if self.sample_weight is None:
            return batch, targets
        return batch, targets, self.sample_weight[index_array]

    def _targets_of(self, index_array, batch):
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return [output[index_array] for output in self.labels]
        if self.class_mode == "raw":
            return self.labels[index_array]
        if self.class_mode == "categorical":
            targets = np.zeros((len(index_array), len(self.class_indices)), self.dtype)
            for row, j in zip(targets, index_array):
                row[self.classes[j]] = 1
            return targets
        return np.array([self.classes[j] for j in index_array], self.dtype)


class DirectoryIterator(_FileIterator):
    """Batches of the images in a folder that has a folder for each class.

    Args:
        directory: the folder.
        image_data_generator: an `ImageDataGenerator`, or None.
        target_size: `(height, width)`, what images are resized to.
        color_mode: "rgb", "rgba" or "grayscale".
        classes: list of str, the folders to take; None for all, by name. `class_indices` is their numbering.
        class_mode: the targets: "categorical" (one-hot), "binary" or "sparse" (the class as a number), "input" (the
            images themselves), None (no targets).
        batch_size, shuffle, seed: as in `Iterator`.
        data_format: "channels_last" or "channels_first"; None for the backend's.
        save_to_dir, save_prefix, save_format: where to write the images, how their names start, and end.
        follow_links: bool, also go into folders that are links.
        subset: "training" or "validation", the part of each class to take, by the generator's `validation_split`.
        interpolation: as in `load_img`.
        dtype: of the batches; None for `floatx()`.

    Raises:
        ValueError: an unknown mode or subset.
    """

    allowed_class_modes = frozenset(["categorical", "binary", "sparse", "input", None])

    def __init__(
        self,
        directory,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        dtype=None,
    ):
        self._set_processing(
            image_data_generator,
            target_size,
            color_mode,
            class_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            dtype,
        )
        self.directory = directory
        if not classes:
            classes = [name for name in sorted(os.listdir(directory)) if os.path.isdir(os.path.join(directory, name))]
        self.num_classes = len(classes)
        self.class_indices = {name: i for i, name in enumerate(classes)}
        files = [self._part(self._files_of(name, follow_links)) for name in classes]
        self.filenames = [file for of_class in files for file in of_class]
        self.classes = np.repeat(np.arange(len(classes), dtype="int32"), [len(of_class) for of_class in files])
        self.filepaths = [os.path.join(directory, file) for file in self.filenames]
        self.samples = len(self.filenames)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files_of(self, name, follow_links):
        """The images below the folder of a class, relative to `directory`, sorted by folder, then by name."""
        folders = sorted(os.walk(os.path.join(self.directory, name), followlinks=follow_links))
        found = []
        for folder, _, files in folders:
            for file in sorted(files):
                if file.lower().endswith(".tiff"):
                    warnings.warn(
                        'Using ".tiff" files with multiple bands will cause distortion. Please verify your output.',
                        stacklevel=4,
                    )
                if file.lower().endswith(self.white_list_formats):
                    found.append(os.path.relpath(os.path.join(folder, file), self.directory))
        return found

    @property
    def labels(self):
        """int32 `[samples]`, the class of each image."""
        return self.classes


class DataFrameIterator(_FileIterator):
    """Batches of the images that a table lists.

    Args:
        dataframe: a pandas DataFrame, or anything that gives columns by name.
        directory: the folder that the names of files are relative to; None where they are full paths.
        image_data_generator: an `ImageDataGenerator`, or None.
        x_col: str, the column of file names.
        y_col: str, the column of targets; for "multi_output" a list of columns, for "raw" either.
        weight_col: str, the column of sample weights, or None.
        classes: list of str, the classes to keep; None for all. `class_indices` is their numbering.
        class_mode: the targets: "categorical" (one-hot; a list of classes sets several), "binary" or "sparse" (the
            class as a number), "multi_output" (a list of columns), "raw" (the columns), "input" (the images
            themselves), None (no targets).
        validate_filenames: bool, leave out names that are no file of an image.
        The others are those of `DirectoryIterator`.

    Raises:
        TypeError, ValueError: a column does not suit `class_mode`.
    """

    allowed_class_modes = frozenset(["binary", "categorical", "input", "multi_output", "raw", "sparse", None])

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        dtype=None,
        validate_filenames=True,
    ):
        self._set_processing(
            image_data_generator,
            target_size,
            color_mode,
            class_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            dtype,
        )
        self.directory = directory or ""
        names = list(dataframe[x_col])
        _require_types(names, (str,), f"All values in column x_col={x_col} must be strings.")
        rows = list(range(len(names)))
        if validate_filenames:
            rows = self._valid(names, x_col)
        has_classes = class_mode in ("binary", "categorical", "sparse")
        if has_classes:
            labels = list(dataframe[y_col])
            rows, labels = self._choose_classes(rows, labels, y_col, classes)
        elif classes:
            warnings.warn(f'`classes` will be ignored given the class_mode="{class_mode}"', stacklevel=3)
        rows = self._part(rows)
        self.filenames = [names[i] for i in rows]
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self.samples = len(rows)
        if has_classes:
            self.labels = self.classes = [labels[i] for i in rows]
        elif class_mode == "multi_output":
            if not isinstance(y_col, list):
                raise TypeError(f'If class_mode="multi_output", y_col must be a list. Received {type(y_col).__name__}.')
            self.labels = [_taken(dataframe[column], rows) for column in y_col]
        elif class_mode == "raw":
            self.labels = np.asarray(dataframe[y_col])[rows]
        if weight_col:
            weights = np.asarray(dataframe[weight_col])
            if not np.issubdtype(weights.dtype, np.number):
                raise TypeError(f"Column weight_col={weight_col} must be numeric.")
            self.sample_weight = weights[rows]
        checked = "validated" if validate_filenames else "non-validated"
        belonging = f" belonging to {len(self.class_indices)} classes" if has_classes else ""
        print(f"Found {self.samples} {checked} image filenames{belonging}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _valid(self, names, x_col):
        """The rows whose file is there and is named as an image."""
        paths = [os.path.join(self.directory, name) for name in names]
        rows = [
            i for i, path in enumerate(paths) if path.lower().endswith(self.white_list_formats) and os.path.isfile(path)
        ]
        if len(rows) < len(names):
            warnings.warn(
                f'Found {len(names) - len(rows)} invalid image filename(s) in x_col="{x_col}". '
                "These filename(s) will be ignored.",
                stacklevel=5,
            )
        return rows

    def _choose_classes(self, rows, labels, y_col, classes):
        """The rows that have a class to keep, and the classes' numbers; numbers the classes."""
        several = self.class_mode == "categorical"
        kinds = (str, list, tuple) if several else (str,)
        said = "type string, list or tuple" if several else "strings"
        _require_types(
            labels, kinds, f'If class_mode="{self.class_mode}", y_col="{y_col}" column values must be {said}.'
        )
        if self.class_mode == "binary" and len(set(classes or labels)) != 2:
            raise ValueError(
                f'If class_mode="binary" there must be 2 classes. Found {len(set(classes or labels))} classes.'
            )
        lists = {i: [labels[i]] if isinstance(labels[i], str) else list(labels[i]) for i in rows}
        known = sorted(set(classes) if classes else {name for of_row in lists.values() for name in of_row})
        self.class_indices = {name: i for i, name in enumerate(known)}
        numbers = {}
        for i, of_row in lists.items():
            kept = [self.class_indices[name] for name in of_row if name in self.class_indices]
            if kept:
                numbers[i] = kept[0] if isinstance(labels[i], str) else kept
        return list(numbers), numbers


def _require_types(values, types, message):
    wrong = next((value for value in values if not isinstance(value, types)), None)
    if wrong is not None:
        raise TypeError(f"{message} Found {wrong!r}.")


def _taken(column, rows):
    values = list(column)
    return np.array([values[i] for i in rows])
