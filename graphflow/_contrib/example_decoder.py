"""slim's decoder of `tf.train.Example`: features parsed once, and an item made of them by each handler."""

from __future__ import annotations

import abc

from graphflow._contrib import slim_datasets
from graphflow._core import dtypes
from graphflow._graph import sparse_tensor
from graphflow._ops import (
    array,
    compare,
    control_flow,
    decoding,
    features,
    functional,
    image_codes,
    joining,
    math,
    parsing,
    rearrange,
    reduce,
    slicing,
    sparse,
)  # fmt: skip


class ItemHandler(abc.ABC):
    """Makes one item of some features.

    Args:
        keys: name, or names, of the features.
    """

    def __init__(self, keys):
        self._keys = keys if isinstance(keys, (tuple, list)) else [keys]

    keys = property(lambda self: self._keys, doc="Names of the features that it needs.")

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors):
        """The item, from a dict name of a feature -> tensor or `tf.SparseTensor`."""


class ItemHandlerCallback(ItemHandler):
    """The item is what a function makes of the dict of features."""

    def __init__(self, keys, func):
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors):
        return self._func(keys_to_tensors)


class BoundingBox(ItemHandler):
    """Boxes `[boxes, 4]` from four features, `keys` after `prefix`: by default ymin, xmin, ymax, xmax.

    Raises:
        ValueError: there are not four keys.
    """

    def __init__(self, keys=None, prefix=""):
        keys = ["ymin", "xmin", "ymax", "xmax"] if keys is None else keys
        if len(keys) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(keys)}")
        super().__init__([prefix + key for key in keys])

    def tensors_to_item(self, keys_to_tensors):
        sides = [keys_to_tensors[key] for key in self._keys]
        rows = [array.expand_dims(s.values if isinstance(s, sparse_tensor.SparseTensor) else s, 0) for s in sides]
        return rearrange.transpose(array.concat(rows, 0))


class Tensor(ItemHandler):
    """A feature as it is, or in a shape.

    Args:
        shape_keys: name, or names, of features that say the shape.
        shape: the shape, where it is known.
        default_value: stands where a sparse feature has no value.

    Raises:
        ValueError: both `shape_keys` and `shape` are given.
    """

    def __init__(self, tensor_key, shape_keys=None, shape=None, default_value=0):
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        self._shape_keys = [shape_keys] if shape_keys and not isinstance(shape_keys, list) else shape_keys or []
        self._tensor_key, self._shape, self._default_value = tensor_key, shape, default_value
        super().__init__([tensor_key, *self._shape_keys])

    def tensors_to_item(self, keys_to_tensors):
        item, shape = keys_to_tensors[self._tensor_key], self._shape
        if self._shape_keys:
            sizes = [_dense(keys_to_tensors[key]) for key in self._shape_keys]
            shape = array.reshape(joining.stack(sizes), [-1])
        if isinstance(item, sparse_tensor.SparseTensor):
            item = item if shape is None else sparse.sparse_reshape(item, shape)
            return _dense(item, self._default_value)
        return item if shape is None else array.reshape(item, shape)


class LookupTensor(Tensor):
    """As `Tensor`, and looked up in a table."""

    def __init__(self, tensor_key, table, shape_keys=None, shape=None, default_value=""):
        super().__init__(tensor_key, shape_keys, shape, default_value)
        self._table = table

    def tensors_to_item(self, keys_to_tensors):
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


class BackupHandler(ItemHandler):
    """The item of `handler`, or that of `backup` where the first is empty.

    Raises:
        ValueError: one of them is no handler.
    """

    def __init__(self, handler, backup):
        for part, given in (("Primary", handler), ("Backup", backup)):
            if not isinstance(given, ItemHandler):
                raise ValueError(f"{part} handler is of type {type(given)} instead of ItemHandler")
        self._handler, self._backup = handler, backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors):
        item = self._handler.tensors_to_item(keys_to_tensors)
        empty = compare.equal(reduce.reduce_prod(array.shape(item)), 0)
        return control_flow.cond(empty, lambda: self._backup.tensors_to_item(keys_to_tensors), lambda: item)


class SparseTensor(ItemHandler):
    """A sparse tensor whose last indices are the values of one feature, and whose values those of another.

    Args:
        indices_key, values_key, shape_key: names of the features; "indices" and "values" when None.
        shape: the dense shape, where no feature says it.
        densify: whether to give a dense tensor, with `default_value` where there is no value.
    """

    def __init__(
        self, indices_key=None, values_key=None, shape_key=None, shape=None, densify=False, default_value=0
    ):  # fmt: skip
        self._indices_key, self._values_key = indices_key or "indices", values_key or "values"
        self._shape_key, self._shape, self._densify, self._default_value = shape_key, shape, densify, default_value
        super().__init__([self._indices_key, self._values_key, *([shape_key] if shape_key else [])])

    def tensors_to_item(self, keys_to_tensors):
        indices = keys_to_tensors[self._indices_key]
        shape = _dense(keys_to_tensors[self._shape_key]) if self._shape_key else self._shape or indices.dense_shape
        rank = array.shape(indices.indices)[1]
        last = math.cast(indices.values, dtypes.int64)
        leading = slicing.slice(indices.indices, [0, 0], joining.stack([-1, rank - 1]))
        places = array.concat([leading, array.reshape(last, [-1, 1])], 1)
        item = sparse_tensor.SparseTensor(places, keys_to_tensors[self._values_key].values, shape)
        return _dense(item, self._default_value) if self._densify else item


class Image(ItemHandler):
    """An image `[height, width, channels]`, decoded as its format says: JPEG, PNG, GIF, BMP, or raw bytes.

    Args:
        image_key, format_key: names of the features; "image/encoded" and "image/format" when None.
        shape: the images' one shape, where they have one.
        dtype: of the item.
        repeated: whether the feature holds a list of images.
        dct_method: see `tf.image.decode_jpeg`.
    """

    def __init__(
        self, image_key=None, format_key=None, shape=None, channels=3, dtype=dtypes.uint8, repeated=False, dct_method=""
    ):  # fmt: skip
        super().__init__([image_key or "image/encoded", format_key or "image/format"])
        self._shape, self._channels, self._dtype = shape, channels, dtype
        self._repeated, self._dct_method = repeated, dct_method

    def tensors_to_item(self, keys_to_tensors):
        contents, form = (keys_to_tensors[key] for key in self._keys)
        if self._repeated:
            return functional.map_fn(lambda one: self._decoded(one, form), contents, dtype=self._dtype)
        return self._decoded(contents, form)

    def _decoded(self, contents, form):
        def any_format():
            return math.cast(image_codes.decode_image(contents, channels=self._channels), self._dtype)

        def jpeg():
            decoded = image_codes.decode_jpeg(contents, channels=self._channels, dct_method=self._dct_method)
            return math.cast(decoded, self._dtype)

        def compressed():
            return control_flow.cond(image_codes.is_jpeg(contents), jpeg, any_format, name="cond_jpeg")

        def raw():
            return decoding.decode_raw(contents, out_type=self._dtype)

        is_raw = compare.logical_or(compare.equal(form, "raw"), compare.equal(form, "RAW"))
        image = control_flow.case([(is_raw, raw)], default=compressed, exclusive=True)
        image.set_shape([None, None, self._channels])
        return image if self._shape is None else array.reshape(image, self._shape)


class TFExampleDecoder(slim_datasets.DataDecoder):
    """Decodes a serialized `tf.train.Example`.

    Args:
        keys_to_features: dict name -> `tf.FixedLenFeature` or another, as for `tf.parse_single_example`.
        items_to_handlers: dict item -> `ItemHandler`.
    """

    def __init__(self, keys_to_features, items_to_handlers):
        self._keys_to_features = keys_to_features
        self._items_to_handlers = items_to_handlers

    def list_items(self):
        return list(self._items_to_handlers)

    def decode(self, data, items=None):
        """The tensors of the named items, all of them when None; `data` is a string scalar."""
        example = parsing.parse_single_example(data, self._keys_to_features)
        for key, feature in sorted(self._keys_to_features.items()):
            if isinstance(feature, features.FixedLenFeature):
                example[key] = array.reshape(example[key], feature.shape)
        handlers = [self._items_to_handlers[item] for item in items or self._items_to_handlers]
        return [handler.tensors_to_item({key: example[key] for key in handler.keys}) for handler in handlers]


def _dense(tensor, default_value=None):
    return (
        sparse.sparse_tensor_to_dense(tensor, default_value)
        if isinstance(tensor, sparse_tensor.SparseTensor)
        else tensor
    )
