"""OptimizerV2: from gradients to updates of variables, with hyperparameters and slots that are variables, too."""

import functools
import inspect

import numpy as np

import graphflow as tf
from graphflow_keras import _schedules, initializers
from graphflow_keras import backend as K
from graphflow_keras.backend import _session


class OptimizerV2:
    """Base of all optimizers of tf.keras.

    A subclass hands its numbers to `_set_hyper`, makes slots in `_create_slots` with `add_slot`, and updates one variable in
    `_resource_apply_dense` and, for some of its rows, in `_resource_apply_sparse`. What the updates share is prepared once
    in `_prepare_local`, by device and dtype.

    Args:
        name: the name of the scope that the updates and the optimizer's variables lie in.
        kwargs: `clipnorm`, the largest norm of each gradient; `clipvalue`, the largest entry; `decay`, of the learning rate,
            which is divided by `1 + decay * iterations`; `lr`, Keras's name for `learning_rate`.

    Raises:
        TypeError: another argument. ValueError: a negative one.
    """

    _is_tracked = True
    _arguments: tuple = ()  # what `get_config` tells besides the name and the clipping

    def __init__(self, name, **kwargs):
        for key, value in kwargs.items():
            if key not in ("clipnorm", "clipvalue", "lr", "decay"):
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {key}")
            if value < 0:
                raise ValueError(f"Expected {key} >= 0, received: {value}")
        self._use_locking = True
        self._name = name or _session.unique_name(type(self).__name__.lower())
        self._hyper = {}  # name -> number, function, schedule, or the variable that was made of a number
        self._hypers_created = False
        self._slots = {}  # variable -> {slot name: variable}
        self._slot_names = []
        self._weights = []
        self._iterations = None
        self._initial_decay = kwargs.get("decay", 0.0)
        self.__dict__.update({key: kwargs[key] for key in ("clipnorm", "clipvalue") if key in kwargs})

    # -- steps ---------------------------------------------------------------------------------------------------------

    def minimize(self, loss, var_list, grad_loss=None, name=None):
        """One step towards a smaller loss.

        Args:
            loss: a function without arguments that computes it.
            var_list: the variables to change, or a function that lists them once the loss has been computed.
            grad_loss: the gradient that arrives at the loss; ones when None.
            name: name of the operation.

        Returns:
            the operation of the step; with eager execution the number of steps so far.

        Raises:
            TypeError: the loss is no function.
        """
        return self.apply_gradients(self._compute_gradients(loss, var_list, grad_loss), name=name)

    def _compute_gradients(self, loss, var_list, grad_loss=None):
        """Pairs (gradient, variable)."""
        if not callable(loss):
            raise TypeError(
                f"an optimizer of tf.keras takes the loss as a function without arguments; got {loss!r}: "
                "write `minimize(lambda: ..., var_list)`, or `get_updates(loss, params)` for a tensor"
            )
        with tf.GradientTape() as tape:
            if not callable(var_list):
                tape.watch(var_list)
            value = loss()
        variables = tf.nest.flatten(var_list() if callable(var_list) else var_list)
        with K.name_scope(self._name + "/gradients"):
            grads = self._clipped(tape.gradient(value, variables, grad_loss))
        return list(zip(grads, variables))

    def get_gradients(self, loss, params):
        """The gradients of a tensor, clipped.

        Raises:
            ValueError: a parameter that the loss does not depend on in a differentiable way.
        """
        params = tf.nest.flatten(params)
        with K.name_scope(self._name + "/gradients"):
            grads = tf.gradients(loss, params)
            for grad, param in zip(grads, params):
                if grad is None:
                    raise ValueError(
                        f"Variable {param} has `None` for gradient. Please make sure that all of your ops have a gradient "
                        "defined (i.e. are differentiable). Common ops without gradient: K.argmax, K.round, K.eval."
                    )
            return self._clipped(grads)

    def _clipped(self, grads):
        norm, value = (self.__dict__.get(name) for name in ("clipnorm", "clipvalue"))
        if norm is not None:
            grads = [grad if grad is None else tf.clip_by_norm(grad, norm) for grad in grads]
        if value is not None:
            grads = [grad if grad is None else tf.clip_by_value(grad, -value, value) for grad in grads]
        return grads

    def get_updates(self, loss, params):
        """The operations of one step on `params`, a list."""
        return [self.apply_gradients(list(zip(self.get_gradients(loss, params), params)))]

    def apply_gradients(self, grads_and_vars, name=None):
        """One step along given gradients.

        Args:
            grads_and_vars: pairs (gradient, variable); those without a gradient are left out.
            name: name of the operation.

        Returns:
            the operation of the step; with eager execution the number of steps so far.

        Raises:
            ValueError: no gradient at all.
        """
        pairs = _with_gradient(grads_and_vars)
        var_list = [var for _, var in pairs]
        with K.name_scope(self._name):
            with tf.init_scope():
                self.iterations  # noqa: B018  the first of the weights
                self._create_hypers()
                self._create_slots(var_list)
            state = self._prepare(var_list)
            eager = tf.executing_eagerly()
            with K.name_scope(name or self._name):
                updates = []
                for grad, var in pairs:
                    with K.name_scope("update" if eager else "update_" + var.op.name), tf.colocate_with(var):
                        updates.append(self._updated(grad, var, state))
                if eager:
                    return self.iterations.assign_add(1)
                with tf.control_dependencies([getattr(update, "op", update) for update in updates]):
                    return self.iterations.assign_add(1).op

    def _updated(self, grad, var, state):
        """The update of a variable, within its constraint."""
        if isinstance(grad, tf.IndexedSlices):
            if var.constraint is not None:
                raise RuntimeError(f"Cannot use a constraint function on a sparse variable: {var.name}")
            given = {"apply_state": state} if _takes_state(type(self)._resource_apply_sparse) else {}
            return self._resource_apply_sparse_duplicate_indices(grad.values, var, grad.indices, **given)
        given = {"apply_state": state} if _takes_state(type(self)._resource_apply_dense) else {}
        update = self._resource_apply_dense(grad, var, **given)
        if var.constraint is None:
            return update
        with tf.control_dependencies([] if tf.executing_eagerly() else [getattr(update, "op", update)]):
            return var.assign(var.constraint(var))

    # -- what subclasses override --------------------------------------------------------------------------------------

    def _create_slots(self, var_list):
        """Makes the slots of all variables."""

    def _prepare(self, var_list):
        """What the updates share: {(device, dtype): {name: tensor}}."""
        state = {}
        for device, dtype in sorted({(var.device, var.dtype.base_dtype) for var in var_list}, key=str):
            state[device, dtype] = {}
            with tf.device(device or None):
                self._prepare_local(device, dtype, state)
        return state

    def _prepare_local(self, var_device, var_dtype, apply_state):
        """Puts the tensors for one device and dtype into `apply_state[var_device, var_dtype]`."""
        if "learning_rate" in self._hyper:
            apply_state[var_device, var_dtype]["lr_t"] = tf.identity(self._decayed_lr(var_dtype))

    def _resource_apply_dense(self, grad, var, apply_state=None):
        """Updates a variable along a gradient of its shape."""
        raise NotImplementedError(
            f"{type(self).__name__}._resource_apply_dense(grad, var): write the update of a variable"
        )

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        """Updates the rows of a variable that `indices` names, each once."""
        raise NotImplementedError(
            f"{type(self).__name__}._resource_apply_sparse(grad, var, indices): write the update of some rows of a variable"
        )

    def _resource_apply_sparse_duplicate_indices(self, grad, var, indices, **kwargs):
        """As `_resource_apply_sparse`, for rows that may be named several times: their gradients are added up first."""
        rows, positions = tf.unique(indices)
        summed = tf.unsorted_segment_sum(grad, positions, tf.shape(rows)[0])
        return self._resource_apply_sparse(summed, var, rows, **kwargs)

    # -- what subclasses use -------------------------------------------------------------------------------------------

    def _coefficients(self, var, apply_state):
        """What `_prepare_local` made for a variable; made now where a subclass did not hand it on."""
        key = var.device, var.dtype.base_dtype
        return (apply_state or {}).get(key) or self._fallback_apply_state(*key)

    def _fallback_apply_state(self, var_device, var_dtype):
        state = {(var_device, var_dtype): {}}
        self._prepare_local(var_device, var_dtype, state)
        return state[var_device, var_dtype]

    def _call_if_callable(self, param):
        return param() if callable(param) else param

    def _resource_scatter_add(self, x, i, v):
        with tf.control_dependencies([tf.raw_ops.ResourceScatterAdd(resource=x.handle, indices=i, updates=v)]):
            return x.value()

    def _resource_scatter_update(self, x, i, v):
        with tf.control_dependencies([tf.raw_ops.ResourceScatterUpdate(resource=x.handle, indices=i, updates=v)]):
            return x.value()

    def _averaged(self, slot, rate, rows, indices):
        """The value of a slot that decays as a whole, and then takes `rows` on where `indices` says."""
        decayed = tf.assign(slot, slot * rate)
        with tf.control_dependencies([] if tf.executing_eagerly() else [decayed.op]):
            return self._resource_scatter_add(slot, indices, rows)

    def _apply(self, rule, var, grad, slots, indices=None, **numbers):
        """One of TensorFlow's operations for updates, `ResourceApplyAdam` ...; for some rows its sparse kin.

        Args:
            rule: the end of the operation's type.
            slots: {argument of the operation: name of the slot}.
            numbers: its other arguments.
        """
        handles = {argument: self.get_slot(var, name).handle for argument, name in slots.items()}
        if indices is None:
            make, rows = getattr(tf.raw_ops, "ResourceApply" + rule), {}
        else:
            make, rows = getattr(tf.raw_ops, "ResourceSparseApply" + rule), {"indices": indices}
        gradient = {"delta" if rule == "GradientDescent" else "grad": grad}
        return make(var=var.handle, **handles, **gradient, **rows, **numbers, use_locking=self._use_locking)

    # -- hyperparameters -----------------------------------------------------------------------------------------------

    def _set_hyper(self, name, value):
        """Sets a hyperparameter: a number, a tensor, a function without arguments, or a schedule."""
        before = self._hyper.get(name)
        if isinstance(before, tf.Variable) and not isinstance(value, _schedules.LearningRateSchedule):
            K.set_value(before, value)
        else:
            self._hyper[name] = value

    def _get_hyper(self, name, dtype=None):
        """A hyperparameter, as a tensor of `dtype` where one is given; a schedule itself."""
        if not self._hypers_created:
            self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, _schedules.LearningRateSchedule):
            return value
        value = self._call_if_callable(value)
        return tf.cast(value, dtype) if dtype else value

    def _create_hypers(self):
        """Makes variables of the numbers."""
        if self._hypers_created:
            return
        for name, value in sorted(self._hyper.items()):
            if not (tf.is_tensor(value) or callable(value)):
                self._hyper[name] = self.add_weight(name, shape=[], trainable=False, initializer=value)
        self._hypers_created = True

    def _decayed_lr(self, var_dtype):
        """The learning rate of this step."""
        rate = self._get_hyper("learning_rate", var_dtype)
        if isinstance(rate, _schedules.LearningRateSchedule):
            rate = tf.cast(rate(tf.cast(self.iterations, var_dtype)), var_dtype)
        if self._initial_decay > 0:
            step = tf.cast(self.iterations, var_dtype)
            rate = rate / (1.0 + self._get_hyper("decay", var_dtype) * step)
        return rate

    def _serialize_hyperparameter(self, name):
        """A hyperparameter as a number, or as the config of a schedule."""
        value = self._hyper[name]
        if isinstance(value, _schedules.LearningRateSchedule):
            return _schedules.serialize(value)
        if callable(value):
            return value()
        return K.get_value(value) if tf.is_tensor(value) else value

    def __getattr__(self, name):
        key = "learning_rate" if name == "lr" else name
        if key in self.__dict__.get("_hyper", ()):
            return self._get_hyper(key)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name, value):
        key = "learning_rate" if name == "lr" else name
        if key in self.__dict__.get("_hyper", ()):
            self._set_hyper(key, value)
        else:
            super().__setattr__(key, value)

    # -- variables -----------------------------------------------------------------------------------------------------

    @property
    def iterations(self):
        """The number of steps taken, an int64 variable."""
        if self._iterations is None:
            self._iterations = self.add_weight("iter", shape=[], dtype=tf.int64, trainable=False)
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable):
        if self._iterations is not None:
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been created"
            )
        self._iterations = variable
        self._weights.append(variable)

    def add_weight(
        self, name, shape, dtype=None, initializer="zeros", trainable=None, synchronization=None, aggregation=None
    ):  # fmt: skip
        """A variable of the optimizer.

        Args:
            initializer: a name, a function of shape and dtype, or the first value.
        """
        dtype = tf.as_dtype(dtype or tf.float32)
        start = initializer
        if isinstance(initializer, str) or callable(initializer):
            start = functools.partial(initializers.get(initializer), shape, dtype=dtype)
        modes = {"synchronization": synchronization, "aggregation": aggregation}
        return _variable(start, dtype, name, trainable is None or trainable, **{k: v for k, v in modes.items() if v})

    def add_slot(self, var, slot_name, initializer="zeros"):
        """The slot of a variable, `[...]` as the variable itself; made where there is none yet."""
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault(_key(var), {})
        if slot_name not in slots:
            start = initializer
            if isinstance(initializer, str) or callable(initializer):
                start = functools.partial(initializers.get(initializer), var.shape, dtype=var.dtype.base_dtype)
            with tf.colocate_with(var):
                slots[slot_name] = _variable(
                    start, var.dtype.base_dtype, f"{var._shared_name}/{slot_name}", trainable=False
                )
            self._weights.append(slots[slot_name])
        return slots[slot_name]

    def _add_slots(self, var_list, *names):
        for name in names:
            for var in var_list:
                self.add_slot(var, name)

    def get_slot(self, var, slot_name):
        """The slot of that name that was made for a variable, or None."""
        return self._slots.get(_key(var), {}).get(slot_name)

    def get_slot_names(self):
        """The names of the slots made so far."""
        return self._slot_names

    @property
    def weights(self):
        """The optimizer's variables in the order they were made: the count of steps, and the slots."""
        return self._weights

    def variables(self):
        """As `weights`."""
        return self._weights

    def get_weights(self):
        """The values of `weights`, arrays."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights):
        """Sets `weights` from arrays as `get_weights` returns them; those of Keras 2.2.4 fit too.

        Raises:
            ValueError: another number of arrays, or a shape that differs.
        """
        params = self.weights
        if len(params) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list of length {len(weights)}, "
                f"but the optimizer was expecting {len(params)} weights. Provided weights: {str(weights)[:50]}..."
            )
        for param, weight in zip(params, weights):
            if K.int_shape(param) != weight.shape:
                raise ValueError(
                    f"Optimizer weight shape {K.int_shape(param)} not compatible with provided weight shape {weight.shape}"
                )
        K.batch_set_value(list(zip(params, weights)))

    def _checkpoint_dependencies(self):
        """The variables by the names that checkpoints of objects give them."""
        found = {name: value for name, value in self._hyper.items() if isinstance(value, tf.Variable)}
        return found if self._iterations is None else {"iter": self._iterations, **found}

    # -- configs -------------------------------------------------------------------------------------------------------

    def get_config(self):
        """The arguments that make this optimizer anew."""
        config = {"name": self._name}
        config.update({name: self.__dict__[name] for name in ("clipnorm", "clipvalue") if name in self.__dict__})
        for name in self._arguments:
            config[name] = self._serialize_hyperparameter(name) if name in self._hyper else getattr(self, name)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer from its config; `custom_objects` are for its schedule."""
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = _schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)

    def _take(self, learning_rate, kwargs, **hypers):
        """Sets the hyperparameters that an optimizer was given."""
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        for name, value in hypers.items():
            self._set_hyper(name, value)

    def _take_momentum(self, momentum):
        """Sets the momentum, and whether there is any.

        Raises:
            ValueError: a number outside of [0, 1].
        """
        self._momentum = tf.is_tensor(momentum) or callable(momentum) or momentum > 0
        if isinstance(momentum, int | float) and not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be between [0, 1]; got {momentum}")
        self._set_hyper("momentum", momentum)


class WithoutStep(OptimizerV2):
    """Takes the weights of its namesake in Keras 2.2.4, which have no count of steps before them."""

    def set_weights(self, weights):
        missing = len(self.weights) == len(weights) + 1
        super().set_weights([np.array(0), *weights] if missing else weights)


# -- variables and gradients -------------------------------------------------------------------------------------------


@_session.where_variables_live()
def _variable(start, dtype, name, trainable, **modes):
    return tf.Variable(start, trainable=trainable, dtype=dtype, name=name, use_resource=True, **modes)


def _key(var):
    return var.graph, getattr(var, "_unique_id", var.op.name)


@functools.cache
def _takes_state(method):
    return "apply_state" in inspect.signature(method).parameters


def _with_gradient(grads_and_vars):
    """The pairs that have a gradient.

    Raises:
        ValueError: none has, or one belongs to no resource variable.
    """
    pairs = list(grads_and_vars)
    found = [(grad, var) for grad, var in pairs if grad is not None]
    if pairs and not found:
        raise ValueError(f"No gradients provided for any variable: {[var.name for _, var in pairs]}.")
    for _, var in found:
        if not hasattr(var, "handle"):
            raise ValueError(
                f"{var.name} is no resource variable, which the optimizers of tf.keras update: make it with "
                "`use_resource=True`, or take an optimizer of tf.train"
            )
    without = [var.name for grad, var in pairs if grad is None]
    if without:
        tf.logging.warning("Gradients do not exist for variables %s when minimizing the loss.", without)
    return found
