"""The optimizers of Keras 2.2.4: from a loss and parameters to the updates of one training step."""

import copy

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.backend import _session
from graphflow_keras.legacy import interfaces


def clip_norm(g, c, n):
    """`g` scaled by `c / n` where the norm `n` exceeds `c`.

    Args:
        g: a gradient, dense or IndexedSlices.
        c: the largest norm allowed; 0 or less leaves `g` alone.
        n: the norm, a scalar tensor.
    """
    if c <= 0:
        return g
    condition = n >= c
    scaled = tf.scalar_mul(c / n, g)
    sparse = isinstance(scaled, tf.IndexedSlices)
    shape = scaled.dense_shape if sparse else copy.copy(scaled.get_shape())
    clipped = tf.cond(condition, lambda: scaled, lambda: g)
    if sparse:
        clipped._dense_shape = shape
    else:
        clipped.set_shape(shape)
    return clipped


class _Gradients(list):
    """Gradients in the place of a loss: they are there already."""


class Optimizer:
    """What all optimizers share: clipping, weights, config.

    Args:
        clipnorm: gradients are scaled down when their joint L2 norm exceeds this.
        clipvalue: gradients are cut to `[-clipvalue, clipvalue]`.
        learning_rate: another name for the `lr` of a subclass, as tf.keras has it.

    Raises:
        TypeError: an argument that no optimizer has.
    """

    def __init__(self, **kwargs):
        for name in kwargs:
            if name not in ("clipnorm", "clipvalue"):
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {name}")
        self.__dict__.update(kwargs)
        self.updates = []
        self.weights = []

    def get_updates(self, loss, params):
        """The operations of one step on `params`; made by each optimizer."""
        raise NotImplementedError

    def get_gradients(self, loss, params):
        """The gradients of `loss`, clipped.

        Raises:
            ValueError: a parameter that the loss does not depend on in a differentiable way.
        """
        grads = list(loss) if isinstance(loss, _Gradients) else K.gradients(loss, params)
        if any(g is None for g in grads):
            names = [
                getattr(p, "name", "?")
                for p, g in zip(params if isinstance(params, list) else [params], grads)
                if g is None
            ]
            raise ValueError(
                "An operation has `None` for gradient. Please make sure that all of your ops have a gradient defined (i.e. "
                f"are differentiable). Common ops without gradient: K.argmax, K.round, K.eval. No gradient reaches: {names}"
            )
        if getattr(self, "clipnorm", None) is not None and self.clipnorm > 0:
            norm = K.sqrt(sum([K.sum(K.square(g)) for g in grads]))
            grads = [clip_norm(g, self.clipnorm, norm) for g in grads]
        if getattr(self, "clipvalue", None) is not None and self.clipvalue > 0:
            grads = [K.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def apply_gradients(self, grads_and_vars, name=None):
        """One step along given gradients, as tf.keras has it; with eager execution it is taken at once.

        Args:
            grads_and_vars: pairs (gradient, variable); those without a gradient are left out.

        Returns:
            the operation of the step; None with eager execution.

        Raises:
            ValueError: no gradient at all.
        """
        pairs = [(g, v) for g, v in grads_and_vars if g is not None]
        if not pairs:
            raise ValueError("No gradients provided for any variable.")
        grads, params = map(list, zip(*pairs))
        if not tf.executing_eagerly():
            return K.function([], [], self.get_updates(_Gradients(grads), params)).updates_op
        steps = self.__dict__.setdefault("_steps", {})
        key = tuple(map(id, params))
        if key not in steps:
            with _session.symbolic_graph():
                given = [K.placeholder(shape=K.int_shape(v), dtype=K.dtype(v)) for v in params]
                steps[key] = K.function(given, [], self.get_updates(_Gradients(given), params))
        steps[key]([tf.convert_to_tensor(g).numpy() for g in grads])
        return None

    def set_weights(self, weights):
        """Sets the optimizer's weights from arrays as `get_weights` returns them.

        Raises:
            ValueError: another number of arrays, or a shape that differs.
        """
        params = self.weights
        if len(params) != len(weights):
            raise ValueError(
                f"Length of the specified weight list ({len(weights)}) does not match the number of weights of the optimizer "
                f"({len(params)})"
            )
        for p, w in zip(params, weights):
            if K.int_shape(p) != w.shape:
                raise ValueError(
                    f"Optimizer weight shape {K.int_shape(p)} not compatible with provided weight shape {w.shape}"
                )
        K.batch_set_value(list(zip(params, weights)))

    def get_weights(self):
        """The optimizer's weights as a list of arrays; empty before the first training step is built."""
        return K.batch_get_value(self.weights)

    def get_config(self):
        """The arguments that make this optimizer anew."""
        return {name: getattr(self, name) for name in ("clipnorm", "clipvalue") if hasattr(self, name)}

    @classmethod
    def from_config(cls, config):
        """An optimizer from its config."""
        return cls(**config)

    # -- for subclasses ------------------------------------------------------------------------------------------------

    def _make_variables(self, **values):
        """Hyperparameters that can be changed while training, as variables in a scope of the class's name."""
        with K.name_scope(self.__class__.__name__):
            for name, value in values.items():
                dtype = "int64" if name == "iterations" else None
                setattr(self, name, K.variable(value, dtype=dtype, name=name))

    def _begin(self):
        """Starts the list of updates with the counting of steps; returns the learning rate of this step.

        What follows reads the count after it was raised. TensorFlow leaves the order open, and does it so: Adam's first step
        is its correction's second.
        """
        self._count = K.update_add(self.iterations, 1)
        self.updates = [self._count]
        if getattr(self, "initial_decay", 0) > 0:
            return self.lr * (1.0 / (1.0 + self.decay * K.cast(self._count, K.dtype(self.decay))))
        return self.lr

    def _step(self):
        """The t of formulas that correct for a start at zero, a float tensor."""
        return K.cast(self._count, K.floatx()) + 1

    def _assign(self, p, new_p):
        """Adds the update of a parameter, within its constraint."""
        constraint = getattr(p, "constraint", None)
        self.updates.append(K.update(p, new_p if constraint is None else constraint(new_p)))

    def _config(self, *names):
        """The config with the values of some variables and attributes."""
        config = Optimizer.get_config(self)
        for name in names:
            value = getattr(self, name)
            config[name] = float(K.get_value(value)) if isinstance(value, tf.Variable) else value
        return config


def _learning_rate(lr, kwargs):
    """`lr`, or the `learning_rate` by which tf.keras calls it."""
    return kwargs.pop("learning_rate", lr)


def _slots(params):
    """A zero variable of each parameter's shape and dtype."""
    return [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, plain or Nesterov's.

    v = momentum v - lr g;  p = p + v, or with Nesterov p + momentum v - lr g.
    """

    def __init__(self, lr=0.01, momentum=0.0, decay=0.0, nesterov=False, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(iterations=0, lr=lr, momentum=momentum, decay=decay)
        self.initial_decay = decay
        self.nesterov = nesterov

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        lr = self._begin()
        moments = _slots(params)
        self.weights = [self.iterations] + moments
        for p, g, m in zip(params, grads, moments):
            v = self.momentum * m - lr * g
            self.updates.append(K.update(m, v))
            self._assign(p, p + self.momentum * v - lr * g if self.nesterov else p + v)
        return self.updates

    def get_config(self):
        return self._config("lr", "momentum", "decay", "nesterov")


class RMSprop(Optimizer):
    """Divides the gradient by a running average of its magnitude.

    Source: Tieleman and Hinton, lecture 6.5 of "Neural Networks for Machine Learning" (2012).
    """

    def __init__(self, lr=0.001, rho=0.9, epsilon=None, decay=0.0, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(lr=lr, rho=rho, decay=decay, iterations=0)
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.initial_decay = decay

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.weights = accumulators = _slots(params)
        lr = self._begin()
        for p, g, a in zip(params, grads, accumulators):
            new_a = self.rho * a + (1.0 - self.rho) * K.square(g)
            self.updates.append(K.update(a, new_a))
            self._assign(p, p - lr * g / (K.sqrt(new_a) + self.epsilon))
        return self.updates

    def get_config(self):
        return self._config("lr", "rho", "decay", "epsilon")


class Adagrad(Optimizer):
    """Divides the gradient by the root of the sum of its squares so far.

    Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods" (JMLR 2011).
    """

    def __init__(self, lr=0.01, epsilon=None, decay=0.0, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(lr=lr, decay=decay, iterations=0)
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.initial_decay = decay

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.weights = accumulators = _slots(params)
        lr = self._begin()
        for p, g, a in zip(params, grads, accumulators):
            new_a = a + K.square(g)
            self.updates.append(K.update(a, new_a))
            self._assign(p, p - lr * g / (K.sqrt(new_a) + self.epsilon))
        return self.updates

    def get_config(self):
        return self._config("lr", "decay", "epsilon")


class Adadelta(Optimizer):
    """Steps as large as earlier steps were, over the running magnitude of the gradient.

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method" (arXiv:1212.5701).
    """

    def __init__(self, lr=1.0, rho=0.95, epsilon=None, decay=0.0, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(lr=lr, decay=decay, iterations=0)
        self.rho = rho
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.initial_decay = decay

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        accumulators, delta_accumulators = _slots(params), _slots(params)
        self.weights = accumulators + delta_accumulators
        lr = self._begin()
        for p, g, a, d in zip(params, grads, accumulators, delta_accumulators):
            new_a = self.rho * a + (1.0 - self.rho) * K.square(g)
            self.updates.append(K.update(a, new_a))
            update = g * K.sqrt(d + self.epsilon) / K.sqrt(new_a + self.epsilon)
            self._assign(p, p - lr * update)
            self.updates.append(K.update(d, self.rho * d + (1 - self.rho) * K.square(update)))
        return self.updates

    def get_config(self):
        return self._config("lr", "rho", "decay", "epsilon")


class Adam(Optimizer):
    """Running means of the gradient and of its square, corrected for their start at zero.

    Source: Kingma and Ba (arXiv:1412.6980); `amsgrad`: Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond" (2018).
    """

    def __init__(self, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, amsgrad=False, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(iterations=0, lr=lr, beta_1=beta_1, beta_2=beta_2, decay=decay)
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.initial_decay = decay
        self.amsgrad = amsgrad

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        lr = self._begin()
        t = self._step()
        lr_t = lr * (K.sqrt(1.0 - K.pow(self.beta_2, t)) / (1.0 - K.pow(self.beta_1, t)))
        ms, vs = _slots(params), _slots(params)
        vhats = _slots(params) if self.amsgrad else [K.zeros(1) for _ in params]
        self.weights = [self.iterations] + ms + vs + vhats
        for p, g, m, v, vhat in zip(params, grads, ms, vs, vhats):
            m_t = self.beta_1 * m + (1.0 - self.beta_1) * g
            v_t = largest = self.beta_2 * v + (1.0 - self.beta_2) * K.square(g)
            if self.amsgrad:
                largest = K.maximum(vhat, v_t)
                self.updates.append(K.update(vhat, largest))
            p_t = p - lr_t * m_t / (K.sqrt(largest) + self.epsilon)
            self.updates.append(K.update(m, m_t))
            self.updates.append(K.update(v, v_t))
            self._assign(p, p_t)
        return self.updates

    def get_config(self):
        return self._config("lr", "beta_1", "beta_2", "decay", "epsilon", "amsgrad")


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the root of the mean square.

    Source: Kingma and Ba (arXiv:1412.6980), section 7.
    """

    def __init__(self, lr=0.002, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(iterations=0, lr=lr, beta_1=beta_1, beta_2=beta_2, decay=decay)
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.initial_decay = decay

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        lr_t = self._begin() / (1.0 - K.pow(self.beta_1, self._step()))
        ms, us = _slots(params), _slots(params)
        self.weights = [self.iterations] + ms + us
        for p, g, m, u in zip(params, grads, ms, us):
            m_t = self.beta_1 * m + (1.0 - self.beta_1) * g
            u_t = K.maximum(self.beta_2 * u, K.abs(g))
            p_t = p - lr_t * m_t / (u_t + self.epsilon)
            self.updates.append(K.update(m, m_t))
            self.updates.append(K.update(u, u_t))
            self._assign(p, p_t)
        return self.updates

    def get_config(self):
        return self._config("lr", "beta_1", "beta_2", "decay", "epsilon")


class Nadam(Optimizer):
    """Adam with Nesterov momentum and a schedule that warms the momentum up.

    Source: Dozat, "Incorporating Nesterov Momentum into Adam" (2015); Sutskever et al. (ICML 2013).
    """

    def __init__(self, lr=0.002, beta_1=0.9, beta_2=0.999, epsilon=None, schedule_decay=0.004, **kwargs):
        lr = _learning_rate(lr, kwargs)
        super().__init__(**kwargs)
        self._make_variables(iterations=0, m_schedule=1.0, lr=lr, beta_1=beta_1, beta_2=beta_2)
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.schedule_decay = schedule_decay

    def _momentum(self, t):
        return self.beta_1 * (1.0 - 0.5 * K.pow(K.cast_to_floatx(0.96), t * self.schedule_decay))

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self._begin()
        t = self._step()
        momentum, next_momentum = self._momentum(t), self._momentum(t + 1)
        m_schedule_new = self.m_schedule * momentum
        m_schedule_next = self.m_schedule * momentum * next_momentum
        self.updates.append((self.m_schedule, m_schedule_new))
        ms, vs = _slots(params), _slots(params)
        self.weights = [self.iterations] + ms + vs
        for p, g, m, v in zip(params, grads, ms, vs):
            g_prime = g / (1.0 - m_schedule_new)
            m_t = self.beta_1 * m + (1.0 - self.beta_1) * g
            m_t_prime = m_t / (1.0 - m_schedule_next)
            v_t = self.beta_2 * v + (1.0 - self.beta_2) * K.square(g)
            v_t_prime = v_t / (1.0 - K.pow(self.beta_2, t))
            m_t_bar = (1.0 - momentum) * g_prime + next_momentum * m_t_prime
            self.updates.append(K.update(m, m_t))
            self.updates.append(K.update(v, v_t))
            self._assign(p, p - self.lr * m_t_bar / (K.sqrt(v_t_prime) + self.epsilon))
        return self.updates

    def get_config(self):
        return self._config("lr", "beta_1", "beta_2", "epsilon", "schedule_decay")


class TFOptimizer(Optimizer):
    """A `tf.train.Optimizer` in the place of a Keras optimizer."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.updates = []
        self._make_variables(iterations=0)

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.optimizer.compute_gradients(loss, params)
        counted = [] if dialect.is_tf_keras() else [K.update_add(self.iterations, 1)]  # once, or twice a step
        self.updates = counted
        self.updates.append(self.optimizer.apply_gradients(grads, global_step=self.iterations))
        return self.updates

    @property
    def weights(self):
        raise NotImplementedError

    def get_config(self):
        raise NotImplementedError

    def from_config(self, config):
        raise NotImplementedError
