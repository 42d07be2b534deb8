"""Variable scopes: prefixes of names and defaults for `get_variable`, and whether it shares variables."""

from __future__ import annotations

import enum
import functools

from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import variable_store


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE


class _Defaults:
    use_resource = False


def enable_resource_variables():
    """From now on variables are resource variables by default."""
    _Defaults.use_resource = True


def disable_resource_variables():
    """From now on variables are reference variables by default, as they are from the start."""
    _Defaults.use_resource = False


def resource_variables_enabled():
    """Whether variables are resource variables by default."""
    return _Defaults.use_resource


def no_regularizer(_):
    """A regularizer that adds nothing: it shuts off the one of the scope around."""
    return None


class VariableScope:
    """What `get_variable` uses where it is not told: a prefix of names, and defaults.

    Attributes:
        name: the prefix, without the closing slash.
        original_name_scope: the name scope that was opened with it, as a string that ends in `/`.
        reuse: None or False: variables are made; True: found; AUTO_REUSE: found, or made where there is none.
        initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource, constraint: defaults.
    """

    def __init__(
        self, reuse, name="", initializer=None, regularizer=None, caching_device=None, partitioner=None,
        custom_getter=None, name_scope="", dtype=dtypes.float32, use_resource=None, constraint=None,
    ):  # fmt: skip
        self.reuse, self.name, self.original_name_scope = reuse, name, name_scope
        self.initializer, self.regularizer, self.constraint = initializer, regularizer, constraint
        self.caching_device, self.partitioner, self.custom_getter = caching_device, partitioner, custom_getter
        self.dtype, self.use_resource = dtype, use_resource

    def reuse_variables(self):
        """From now on variables are shared in this scope, not made."""
        self.reuse = True

    def set_initializer(self, initializer):
        """Sets the default initializer."""
        self.initializer = initializer

    def set_dtype(self, dtype):
        """Sets the default element type."""
        self.dtype = dtype

    def set_use_resource(self, use_resource):
        """Sets which kind of variable is made by default."""
        self.use_resource = use_resource

    def set_regularizer(self, regularizer):
        """Sets the default regularizer."""
        self.regularizer = regularizer

    def set_caching_device(self, caching_device):
        """Sets the default device for reads."""
        self.caching_device = caching_device

    def set_partitioner(self, partitioner):
        """Sets the default partitioner."""
        self.partitioner = partitioner

    def set_custom_getter(self, custom_getter):
        """Sets the default custom getter."""
        self.custom_getter = custom_getter

    def get_collection(self, name):
        """What the collection `name` holds below this scope."""
        return graph_lib.get_default_graph().get_collection(name, self.name + "/" if self.name else "")

    def trainable_variables(self):
        """The trainable variables below this scope."""
        return self.get_collection(keys.GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self):
        """The global variables below this scope."""
        return self.get_collection(keys.GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self):
        """The local variables below this scope."""
        return self.get_collection(keys.GraphKeys.LOCAL_VARIABLES)

    def _completed(self, wanted):
        """`wanted` with this scope's defaults in place of None."""
        for key in (
            "initializer",
            "regularizer",
            "caching_device",
            "partitioner",
            "use_resource",
            "constraint",
            "dtype",
        ):
            wanted[key] = getattr(self, key) if wanted.get(key) is None else wanted[key]
        return wanted

    def get_variable(self, var_store, name, dtype=None, initializer=None, reuse=None, custom_getter=None, **kwargs):
        """The variable `name` below this scope; see the function `get_variable`."""
        full_name = f"{self.name}/{name}" if self.name else name
        with graph_lib.get_default_graph().name_scope(None):  # the variable's name says all
            if dtype is not None and initializer is not None and not callable(initializer):
                found = build.convert_to_tensor(initializer).dtype.base_dtype
                if found != dtype:
                    raise ValueError(f"Initializer type '{found!r}' and explicit dtype '{dtype!r}' don't match.")
            wanted = self._completed(dict(kwargs, dtype=dtype, initializer=initializer))
            return var_store.get_variable(
                full_name, reuse=self.reuse if reuse is None else reuse,
                custom_getter=self.custom_getter if custom_getter is None else custom_getter, **wanted,
            )  # fmt: skip

    def get_partitioned(self, name=None, **kwargs):
        """The partitioned variable `name` below this scope, of the scope's own name when None."""
        if self.custom_getter is not None:
            raise ValueError(
                "create_partitioned_variables cannot be used below a variable scope with a custom getter "
                f"({self.custom_getter}): use get_variable with a partitioner"
            )
        wanted = dict.fromkeys(("regularizer", "caching_device", "use_resource", "constraint"))
        wanted.update(validate_shape=True, synchronization=None, aggregation=None, reuse=self.reuse)
        full_name = "/".join(part for part in (self.name, name) if part)
        with graph_lib.get_default_graph().name_scope(None):
            store = variable_store.of_default_graph()
            return store.get_partitioned(name=full_name, **self._completed({**wanted, **kwargs}))


# -- the current scope ---------------------------------------------------------------------------------------------------


def _place():
    """Where the current variable scope of this thread is kept."""
    return graph_lib.control_flow_owner(graph_lib.get_default_graph())._scopes


def get_variable_scope():
    """The current variable scope."""
    place = _place()
    if place.variable_scope is None:
        place.variable_scope = VariableScope(False)
    return place.variable_scope


def get_variable(
    name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=None, collections=None, caching_device=None,
    partitioner=None, validate_shape=True, use_resource=None, custom_getter=None, constraint=None, synchronization=None,
    aggregation=None,
):  # fmt: skip
    """The variable `name` below the current variable scope: made, or shared where the scope says so.

    Args:
        shape: its shape; not given with an initializer that is a value.
        dtype: its element type, that of the scope (float32) when None.
        initializer: a value, a tensor, an initializer, or a function without arguments; the scope's, or Glorot's uniform
            one (zeros for integers, bool and string) when None.
        regularizer: a function tensor -> scalar or None; its result joins REGULARIZATION_LOSSES.
        trainable, collections, caching_device, validate_shape, use_resource, constraint, synchronization, aggregation: as for
            `Variable`.
        partitioner: a function (shape, dtype) -> number of parts along each axis.
        custom_getter: `f(getter, name, *args, **kwargs)` called in place of the getter.

    Returns:
        a Variable, or a PartitionedVariable.

    Raises:
        ValueError: it exists and is not to be shared, does not exist and is not to be made, or differs from what exists.
    """
    return get_variable_scope().get_variable(
        variable_store.of_default_graph(), name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer,
        trainable=trainable, collections=collections, caching_device=caching_device, partitioner=partitioner,
        validate_shape=validate_shape, use_resource=use_resource, custom_getter=custom_getter, constraint=constraint,
        synchronization=synchronization, aggregation=aggregation,
    )  # fmt: skip


def get_local_variable(
    name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=False, collections=None, caching_device=None,
    partitioner=None, validate_shape=True, use_resource=None, custom_getter=None, constraint=None, synchronization=None,
    aggregation=None,
):  # fmt: skip
    """As `get_variable`, for a variable in LOCAL_VARIABLES that is not trained."""
    return get_variable(
        name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer, trainable=False,
        collections=[*(collections or ()), keys.GraphKeys.LOCAL_VARIABLES], caching_device=caching_device,
        partitioner=partitioner, validate_shape=validate_shape, use_resource=use_resource, custom_getter=custom_getter,
        constraint=constraint, synchronization=synchronization, aggregation=aggregation,
    )  # fmt: skip


# -- opening a scope -----------------------------------------------------------------------------------------------------


class PureVariableScope:
    """A variable scope without a name scope.

    Args:
        name_or_scope: a string, put below the current scope, or a VariableScope to enter again.
        old_name_scope: the name scope that belongs to it.
        others: as for `variable_scope`.
    """

    def __init__(
        self,
        name_or_scope,
        reuse=None,
        old_name_scope=None,
        dtype=None,
        constraint=None,
        custom_getter=None,
        **defaults,
    ):
        self._name_or_scope, self._reuse, self._old_name_scope = name_or_scope, reuse, old_name_scope
        self._constraint, self._custom_getter = constraint, custom_getter
        self._changes = dict(defaults, dtype=dtype)
        self._scope = None
        if isinstance(name_or_scope, VariableScope):
            scope = name_or_scope
            self._scope = self._changed(scope, scope.name, reuse or scope.reuse, scope.original_name_scope)

    def _changed(self, base, name, reuse, name_scope):
        """A scope with the defaults of `base`, but for those that were given."""
        scope = VariableScope(
            reuse, name, base.initializer, base.regularizer, base.caching_device, base.partitioner,
            base.custom_getter, name_scope, base.dtype, base.use_resource, self._constraint,
        )  # fmt: skip
        for key, value in self._changes.items():
            if value is not None:
                setattr(scope, key, value)
        if self._custom_getter is not None:
            scope.custom_getter = _nested_getter(self._custom_getter, base.custom_getter)
        return scope

    def __enter__(self):
        self._place = place = _place()
        self._old = get_variable_scope()
        opened = place.variable_scopes_opened
        if isinstance(self._name_or_scope, VariableScope):
            name = self._name_or_scope.name
            opened[name] = opened.get(name, 0) + 1
            self._old_opened = dict(opened)
        else:
            name = f"{self._old.name}/{self._name_or_scope}" if self._old.name else self._name_or_scope
            self._reuse = self._reuse or self._old.reuse
            name_scope = self._name_or_scope if self._old_name_scope is None else self._old_name_scope
            self._scope = self._changed(self._old, name, self._reuse, name_scope)
            opened[name] = opened.get(name, 0) + 1
        place.variable_scope = self._scope
        return self._scope

    def __exit__(self, kind, error, traceback):
        place = self._place
        if place.variable_scope is not self._scope:
            raise RuntimeError("Improper nesting of variable_scope.")
        if isinstance(self._name_or_scope, VariableScope):
            place.variable_scopes_opened = self._old_opened
        else:
            below = self._scope.name + "/"
            for name in place.variable_scopes_opened:
                if name.startswith(below):
                    place.variable_scopes_opened[name] = 0
        place.variable_scope = self._old


def _nested_getter(inner, outer):
    """The custom getter `inner`, whose own `getter` argument is the custom getter `outer`."""
    if outer is None:
        return inner

    def nested(getter, *args, **kwargs):
        return inner(functools.partial(outer, getter), *args, **kwargs)

    return nested


def unique_scope_name(prefix):
    """`prefix`, with `_1`, `_2` ... where a variable scope of that name was opened below the current one."""
    opened, current = _place().variable_scopes_opened, get_variable_scope().name
    name = f"{current}/{prefix}" if current else prefix
    if not opened.get(name, 0):
        return prefix
    number = 1
    while opened.get(f"{name}_{number}", 0):
        number += 1
    return f"{prefix}_{number}"


class variable_scope:
    """`with variable_scope("layer", reuse=tf.AUTO_REUSE) as scope:` opens a variable scope, and a name scope with it.

    Args:
        name_or_scope: a string, put below the current scope; or a VariableScope to enter again, wherever this stands.
        default_name: where `name_or_scope` is None, the name, made unique.
        values: tensors, whose graph is entered.
        initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource, constraint: defaults for
            `get_variable`; those of the scope around where None.
        reuse: True: variables are shared; AUTO_REUSE: shared, or made where there is none; None: as the scope around.
        auxiliary_name_scope: False opens no name scope.

    Raises:
        ValueError: `reuse` is none of those, or is given without a name. TypeError: there is no name at all.
    """

    def __init__(
        self, name_or_scope, default_name=None, values=None, initializer=None, regularizer=None, caching_device=None,
        partitioner=None, custom_getter=None, reuse=None, dtype=None, use_resource=None, constraint=None,
        auxiliary_name_scope=True,
    ):  # fmt: skip
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if reuse not in (True, False, None, AUTO_REUSE) or isinstance(reuse, int) and not isinstance(reuse, bool):
            raise ValueError("The reuse parameter must be True or False or None.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        self._name_or_scope, self._default_name = name_or_scope, default_name
        self._values, self._reuse = values or [], reuse or None
        self._auxiliary_name_scope = auxiliary_name_scope
        self._defaults = {
            "initializer": initializer, "regularizer": regularizer, "caching_device": caching_device,
            "partitioner": partitioner, "custom_getter": custom_getter, "dtype": dtype, "use_resource": use_resource,
            "constraint": constraint,
        }  # fmt: skip

    def __enter__(self):
        self._open = []
        try:
            scope = self._enter()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return scope

    def _push(self, context):
        self._open.append(context)
        return context.__enter__()

    def _enter(self):
        graph = graph_lib.get_default_graph()
        wanted = build._graph_of(self._values, graph)
        if wanted is not graph:
            self._push(wanted.as_default())
        if self._name_or_scope is None:
            if self._reuse:
                raise ValueError("reuse=True cannot be used without a name_or_scope")
            name_scope = self._open_name_scope(self._default_name)
            name = unique_scope_name(self._default_name)
            return self._push(PureVariableScope(name, old_name_scope=name_scope, **self._defaults))
        if not isinstance(self._name_or_scope, (str, VariableScope)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        is_text = isinstance(self._name_or_scope, str)
        name = self._name_or_scope if is_text else self._name_or_scope.name.split("/")[-1]
        name_scope = None
        if name or not self._auxiliary_name_scope:
            opened = self._open_name_scope(name)
            name_scope = opened if is_text else self._name_or_scope.original_name_scope
        pure = PureVariableScope(self._name_or_scope, reuse=self._reuse, old_name_scope=name_scope, **self._defaults)
        return self._push(pure)

    def _open_name_scope(self, name):
        graph = graph_lib.get_default_graph()
        if not self._auxiliary_name_scope:
            here = graph.get_name_scope()
            name = here + "/" if here else ""
        return self._push(graph.name_scope(name))

    def __exit__(self, kind, error, traceback):
        while self._open:
            self._open.pop().__exit__(kind, error, traceback)


def variable_op_scope(
    values, name_or_scope, default_name=None, initializer=None, regularizer=None, caching_device=None, partitioner=None,
    custom_getter=None, reuse=None, dtype=None, use_resource=None, constraint=None,
):  # fmt: skip
    """`variable_scope` with its arguments in an older order."""
    return variable_scope(
        name_or_scope, default_name=default_name, values=values, initializer=initializer, regularizer=regularizer,
        caching_device=caching_device, partitioner=partitioner, custom_getter=custom_getter, reuse=reuse, dtype=dtype,
        use_resource=use_resource, constraint=constraint,
    )  # fmt: skip
