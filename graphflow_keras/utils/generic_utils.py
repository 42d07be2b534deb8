"""Custom objects, configs of objects and functions, lists that may be single values."""

import binascii
import inspect
import marshal
import types

from graphflow_keras.utils._progbar import Progbar as Progbar

_CUSTOM_OBJECTS = {}

# Code written by this process, text -> code object. A text from elsewhere is never turned into code.
_DUMPED = {}


class CustomObjectScope:
    """`with CustomObjectScope({"MyLayer": MyLayer}):` makes names known to `deserialize` inside the block.

    Args:
        *args: dicts, name -> class or function.
    """

    def __init__(self, *args):
        self.custom_objects = args
        self.backup = None

    def __enter__(self):
        self.backup = dict(_CUSTOM_OBJECTS)
        for objects in self.custom_objects:
            _CUSTOM_OBJECTS.update(objects)
        return self

    def __exit__(self, *args, **kwargs):
        _CUSTOM_OBJECTS.clear()
        _CUSTOM_OBJECTS.update(self.backup)


def custom_object_scope(*args):
    """A `CustomObjectScope` over these dicts."""
    return CustomObjectScope(*args)


def get_custom_objects():
    """The dict of custom objects, name -> class or function; what is put there is known everywhere."""
    return _CUSTOM_OBJECTS


def serialize_keras_object(instance):
    """The config of an object, the name of a function, None for None.

    Raises:
        ValueError: it has neither `get_config` nor a name.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


def deserialize_keras_object(identifier, module_objects=None, custom_objects=None, printable_module_name="object"):
    """What `serialize_keras_object` named: an object from its config, a function from its name.

    Args:
        identifier: a dict with `class_name` and `config`, or a str.
        module_objects: dict of the names known here; nothing is ever imported by name.
        custom_objects: dict of names that go before `module_objects`.
        printable_module_name: what the errors call it, such as `optimizer`.

    Raises:
        ValueError: a name that is not known, or a config without `class_name` and `config`.
    """
    custom_objects = custom_objects or {}

    def find(name):
        for objects in (custom_objects, _CUSTOM_OBJECTS, module_objects or {}):
            if objects.get(name) is not None:
                return objects[name]
        raise ValueError(
            f"Unknown {printable_module_name}: {name}. An object of your own is made known by "
            f"`custom_objects={{{name!r}: ...}}` or `keras.utils.CustomObjectScope`"
        )

    if isinstance(identifier, str):
        return find(identifier)
    if not isinstance(identifier, dict):
        raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")
    if not isinstance(identifier.get("class_name"), str) or "config" not in identifier:
        raise ValueError(f"Improper config format: {identifier}")
    cls, config = find(identifier["class_name"]), identifier["config"]
    if not hasattr(cls, "from_config"):  # a function that makes the object
        with CustomObjectScope(custom_objects):
            return cls(**config)
    if has_arg(cls.from_config, "custom_objects"):
        return cls.from_config(config, custom_objects={**_CUSTOM_OBJECTS, **custom_objects})
    with CustomObjectScope(custom_objects):
        return cls.from_config(config)


def interpreted(identifier, deserialize, kind):
    """The object for a name or config, through `deserialize`; a callable itself.

    Raises:
        ValueError: anything else; the error calls it a `kind`.
    """
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret {kind} identifier: {identifier}")


def func_dump(func):
    """A function as (code text, defaults, closure values); `func_load` takes it back in this process."""
    text = binascii.b2a_base64(marshal.dumps(func.__code__)).decode("ascii")
    _DUMPED[text] = func.__code__
    closure = tuple(cell.cell_contents for cell in func.__closure__) if func.__closure__ else None
    return text, func.__defaults__, closure


def func_load(code, defaults=None, closure=None, globs=None):
    """The function that `func_dump` of this process turned into text.

    Args:
        code: str, or the triple `func_dump` returned (a list after a round through JSON).
        globs: dict, the function's globals; those of this module when None.

    Raises:
        ValueError: the text comes from elsewhere. Bytecode from a file can do anything, so it is never run.
    """
    if isinstance(code, tuple | list):
        code, defaults, closure = code
    if isinstance(defaults, list):
        defaults = tuple(defaults)
    if code not in _DUMPED:
        raise ValueError(
            "This Python function was stored as bytecode by another process, and bytecode from a file is never run: it could "
            "do anything. Give the function a name, define it with `def` in your script, and hand it over when loading: "
            "`custom_objects={'name': function}`. For a Lambda layer, the layer's name may stand for its function; or build "
            "the model in code and call `model.load_weights(path)`"
        )
    found = _DUMPED[code]
    cells = tuple(v if isinstance(v, types.CellType) else types.CellType(v) for v in closure or ())
    return types.FunctionType(found, globals() if globs is None else globs, found.co_name, defaults, cells or None)


def has_arg(fn, name, accept_all=False):
    """Whether a callable takes an argument by that name.

    Args:
        accept_all: bool, also say yes where it takes `**kwargs`.
    """
    parameters = inspect.signature(fn).parameters
    if name not in parameters:
        return accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    kind = parameters[name].kind
    return kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def to_list(x, allow_tuple=False):
    """`x` where it is a list, else `[x]`; a tuple becomes a list where `allow_tuple` says so."""
    if isinstance(x, list):
        return x
    if allow_tuple and isinstance(x, tuple):
        return list(x)
    return [x]


def unpack_singleton(x):
    """The only element of a sequence of one; any other sequence itself."""
    return x[0] if len(x) == 1 else x


def object_list_uid(object_list):
    """A text that tells lists of objects apart by identity."""
    return ", ".join(str(abs(id(x))) for x in to_list(object_list))


def is_all_none(iterable_or_element):
    """Whether it is None, or a list or tuple of nothing but None."""
    return all(element is None for element in to_list(iterable_or_element, allow_tuple=True))


def slice_arrays(arrays, start=None, stop=None):
    """Rows `start:stop` of an array or of each array of a list; rows `start` where that is a list of indices.

    Entries that are None stay None; for None itself the answer is `[None]`.
    """
    if arrays is None:
        return [None]
    several = isinstance(arrays, list)
    if hasattr(start, "__len__"):
        rows = start.tolist() if hasattr(start, "shape") else start  # HDF5 takes lists of indices only
    elif several or hasattr(start, "__getitem__"):
        rows = slice(start, stop)
    else:
        return [None]
    return [None if x is None else x[rows] for x in arrays] if several else arrays[rows]


def transpose_shape(shape, target_format, spatial_axes):
    """A channels-last shape, or list of paddings, in the order of `target_format`.

    Args:
        shape: tuple or list, channels last.
        target_format: `channels_first` or `channels_last`.
        spatial_axes: tuple of the positions of height, width ... in `shape`.

    Raises:
        ValueError: another format.
    """
    if target_format == "channels_last":
        return shape
    if target_format != "channels_first":
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {target_format}'
        )
    return type(shape)([*shape[: spatial_axes[0]], shape[-1], *(shape[axis] for axis in spatial_axes)])
