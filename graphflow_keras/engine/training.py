"""Model: a network that can be trained, evaluated and asked for predictions."""

import contextlib
import warnings

import graphflow as tf
from graphflow_keras import _metric_base, _signatures, dialect, losses, optimizers
from graphflow_keras import backend as K
from graphflow_keras.backend import _session
from graphflow_keras.engine import _compiling, training_arrays, training_generator
from graphflow_keras.engine._dataset_batches import is_dataset
from graphflow_keras.engine._generator_methods import GeneratorMethods
from graphflow_keras.engine._user_data import DataNetwork
from graphflow_keras.engine.training_utils import count_gradients, weighted_masked_objective
from graphflow_keras.utils.generic_utils import slice_arrays, to_list, unpack_singleton

_QUEUE = ("max_queue_size", "workers", "use_multiprocessing")


class Model(GeneratorMethods, DataNetwork):
    """A network with training and evaluation: `Model(inputs, outputs)`, or a subclass with its own `call`."""

    _run_eagerly = False

    @property
    def run_eagerly(self):
        """What tf.keras is asked for with `compile(run_eagerly=...)`; the model is run as a graph all the same."""
        if self._run_eagerly and not tf.executing_eagerly():
            raise ValueError("You can only set `run_eagerly=True` if eager execution is enabled.")
        return self._run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        self._run_eagerly = bool(value)

    # -- compile -------------------------------------------------------------------------------------------------------

    @_session.symbolic_graph()
    def compile(
        self,
        optimizer,
        loss=None,
        metrics=None,
        loss_weights=None,
        sample_weight_mode=None,
        weighted_metrics=None,
        target_tensors=None,
        **kwargs,
    ):
        """Says how the model is trained. What concerns an output may be one value for all, a list, or a dict by output name.

        Args:
            optimizer: a name, an Optimizer or a `tf.train.Optimizer`.
            loss: a name or a function of `(y_true, y_pred)`; None for an output that is not trained on.
            metrics: a list of names or functions; 'accuracy' is the one that suits the loss.
            loss_weights: factors of the outputs' losses in their sum, the loss that is minimized.
            sample_weight_mode: 'temporal' for weights `[samples, timesteps]`; None for `[samples]`.
            weighted_metrics: metrics weighted by sample and class weights.
            target_tensors: tensors in place of the arrays one would feed as targets.
            kwargs: handed to `Session.run`, but for those of tf.keras.

        Raises:
            ValueError: an argument that does not fit the outputs, or no loss at all. TypeError: an argument of another type.
        """
        _signatures.refuse("Model.compile", "models run on one machine", distribute=kwargs.pop("distribute", None))
        self.run_eagerly = kwargs.pop("run_eagerly", None)
        for name in ("cloning", "experimental_run_tf_function"):  # how TensorFlow runs a model inside
            kwargs.pop(name, None)
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss or []
        self.metrics = self._compile_metrics = metrics or []
        self.loss_weights = loss_weights
        self.sample_weight_mode = sample_weight_mode
        self.weighted_metrics = weighted_metrics
        if not self.built:  # its inputs are not known yet: it is compiled when it first sees data
            return
        self._is_compiled = True

        self.loss_functions = _compiling.loss_functions(loss, self.output_names)
        objectives = [weighted_masked_objective(fn) for fn in self.loss_functions]
        masks = self.compute_mask(self.inputs, mask=None)
        masks = [None] * len(self.outputs) if masks is None else to_list(masks)
        factors = _compiling.loss_weights(loss_weights, self.output_names)
        self._make_targets(_compiling.target_tensors(target_tensors, self.output_names))
        self._make_sample_weights(sample_weight_mode)

        self.metrics_names, self.metrics_tensors, self.metrics_updates = ["loss"], [], []
        self.stateful_metric_names, self.stateful_metric_functions = [], []
        self.total_loss = _compiling.total_loss(self, objectives, masks, factors)
        of_losses = len(self.stateful_metric_functions)
        _compiling.add_metrics(self, metrics, weighted_metrics, masks)
        if dialect.is_tf_keras():
            _compiling.record_added_metrics(self)
            self.metrics = self.stateful_metric_functions[of_losses:]

        self._function_kwargs = kwargs
        self.train_function = self.test_function = self.predict_function = None
        self._functions_alone = {}
        self._collected_trainable_weights = self.trainable_weights

    def _make_targets(self, given):
        """A target tensor for each output that has a loss: the given one, or a placeholder."""
        self.targets = []
        self._feed_targets, self._feed_outputs, self._feed_output_names = [], [], []
        self._feed_output_shapes, self._feed_loss_fns = [], []
        for output, name, target, loss in zip(self.outputs, self.output_names, given, self.loss_functions):
            if loss is None:
                self.targets.append(None)
                continue
            shape = K.int_shape(output)
            if target is None:
                target = K.placeholder(
                    ndim=len(shape), name=name + "_target", sparse=K.is_sparse(output), dtype=K.dtype(output)
                )
            self.targets.append(target)
            if K.is_placeholder(target):
                self._feed_targets.append(target)
                self._feed_outputs.append(output)
                self._feed_output_names.append(name)
                self._feed_output_shapes.append(shape)
                self._feed_loss_fns.append(losses.function_of(loss))

    def _make_sample_weights(self, mode):
        """A placeholder for the weights of each output whose target is fed."""
        skipped = {i for i, target in enumerate(self.targets) if not any(target is t for t in self._feed_targets)}
        self.sample_weight_modes = _compiling.sample_weight_modes(mode, self.output_names, skipped)
        self.sample_weights = [
            None if i in skipped else K.placeholder(ndim=1 if mode is None else 2, name=name + "_sample_weights")
            for i, (name, mode) in enumerate(zip(self.output_names, self.sample_weight_modes))
        ]
        fed = [i for i in range(len(self.outputs)) if i not in skipped]
        self._feed_sample_weights = [self.sample_weights[i] for i in fed]
        self._feed_sample_weight_modes = [self.sample_weight_modes[i] for i in fed]

    # -- functions -----------------------------------------------------------------------------------------------------

    def _check_trainable_weights_consistency(self):
        """Warns when layers were frozen or thawed after `compile`, which has no effect until it is called again."""
        if len(self.trainable_weights) == len(getattr(self, "_collected_trainable_weights", self.trainable_weights)):
            return
        text = (
            "Discrepancy between trainable weights and collected trainable weights, did you set `model.trainable` without "
            "calling `model.compile` after ?"
        )
        if dialect.is_tf_keras():
            tf.logging.log_first_n(tf.logging.WARN, text, 1)
        else:
            warnings.warn(text, stacklevel=3)

    def _uses_dynamic_learning_phase(self):
        return self.uses_learning_phase and not isinstance(K.learning_phase(), int)

    def _phase(self, value):
        """The last of a function's inputs, where it has a learning phase."""
        return [value] if self._uses_dynamic_learning_phase() else []

    def _phase_input(self):
        return [K.learning_phase()] if self._uses_dynamic_learning_phase() else []

    def _check_compiled(self):
        if not hasattr(self, "train_function"):
            raise RuntimeError("You must compile your model before using it.")

    @_session.symbolic_graph()
    def _make_train_function(self):
        self._check_compiled()
        self._check_trainable_weights_consistency()
        if self.train_function is not None:
            return
        if dialect.is_tf_keras():
            K.learning_phase()  # where TensorFlow makes it
        is_tf_keras = dialect.is_tf_keras()
        with contextlib.ExitStack() as scopes:
            if not (is_tf_keras and _session.is_beside_eager()):
                scopes.enter_context(K.name_scope("training"))
            # The optimizers of tf.keras open a scope of their own.
            with contextlib.nullcontext() if is_tf_keras else K.name_scope(type(self.optimizer).__name__):
                updates = self.optimizer.get_updates(params=self._collected_trainable_weights, loss=self.total_loss)
            count_gradients(sum(loss is not None for loss in self.loss_functions))
            if is_tf_keras:  # the number of scopes by a name shows in the next optimizer's names
                scopes.close()
                scopes.enter_context(K.name_scope("training"))
            self._train_updates = self.updates + updates + self.metrics_updates
            self.train_function = self._reporting("train_function", self._train_updates)

    @_session.symbolic_graph()
    def _make_test_function(self):
        self._check_compiled()
        if self.test_function is None:
            self.test_function = self._reporting("test_function", self.state_updates + self.metrics_updates)

    def _reporting(self, name, updates):
        """A function of a batch that returns the loss and the metrics."""
        return K.function(
            self._feed_inputs + self._feed_targets + self._feed_sample_weights + self._phase_input(),
            [self.total_loss] + self.metrics_tensors,
            updates=updates,
            name=name,
            **self._function_kwargs,
        )

    @_session.symbolic_graph()
    def _alone(self, function, updates):
        """The function for a batch on its own: what metrics gathered is forgotten in the same run."""
        if not any(isinstance(m, _metric_base.Metric) for m in self.stateful_metric_functions):
            return function
        found = self._functions_alone.get(function)
        if found is None:
            found = self._reporting(function.name, updates + _compiling.resets(self))
            self._functions_alone[function] = found
        return found

    @_session.symbolic_graph()
    def _make_predict_function(self):
        if getattr(self, "predict_function", None) is None:
            self.predict_function = K.function(
                self._feed_inputs + self._phase_input(),
                self.outputs,
                updates=self.state_updates,
                name="predict_function",
                **getattr(self, "_function_kwargs", {}),
            )

    # -- whole arrays --------------------------------------------------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        **kwargs,
    ):
        """Trains the model.

        Args:
            x: an array, a list of arrays, or a dict from input name to array; None when the inputs are tensors. A generator or
                Sequence of batches goes to `fit_generator`.
            y: targets in the same forms; None when they are tensors.
            batch_size: samples a step; 32 when neither it nor `steps_per_epoch` is given.
            epochs: the epoch at which to stop, counted from 0 even when `initial_epoch` is later.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch.
            callbacks: a list of Callback.
            validation_split: the share of the data, taken from its end, to evaluate on after each epoch.
            validation_data: `(x, y)` or `(x, y, sample_weights)` to evaluate on instead.
            shuffle: a new order each epoch; 'batch' moves whole batches, as HDF5 data need it.
            class_weight: a dict from class to its weight in the loss.
            sample_weight: an array `[samples]`, or `[samples, timesteps]` where compiled so.
            steps_per_epoch, validation_steps: numbers of steps where tensors give the data.
            kwargs: `validation_freq`, after how many epochs each to evaluate, or a list of the epochs, counted from 1;
                `max_queue_size`, `workers`, `use_multiprocessing` as in `fit_generator`.

        Returns:
            a History; its `history` maps each label to a list of values, one an epoch.

        Raises:
            RuntimeError: not compiled. ValueError: data that do not fit the model. TypeError: an unknown argument.
        """
        if "nb_epoch" in kwargs:
            warnings.warn("The `nb_epoch` argument in `fit` has been renamed `epochs`.", stacklevel=2)
            epochs = kwargs.pop("nb_epoch")
        validation_freq = kwargs.pop("validation_freq", 1)
        queue = {key: kwargs.pop(key) for key in _QUEUE if key in kwargs}
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        share = validation_split or None
        if training_generator.gives_batches(
            x, y=y, batch_size=batch_size, sample_weight=sample_weight, validation_split=share
        ):
            return self.fit_generator(
                x,
                steps_per_epoch,
                epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_data=validation_data,
                validation_steps=validation_steps,
                class_weight=class_weight,
                shuffle=shuffle,
                initial_epoch=initial_epoch,
                validation_freq=validation_freq,
                **queue,
            )
        if batch_size is None and steps_per_epoch is None:
            batch_size = 32
        if x is None and y is None and steps_per_epoch is None:
            raise ValueError("If fitting from data tensors, you should specify the `steps_per_epoch` argument.")
        x, y, sample_weights = self._standardize_user_data(
            x, y, sample_weight=sample_weight, class_weight=class_weight, batch_size=batch_size
        )
        val_ins = evaluate = None
        if is_dataset(validation_data):
            evaluate = training_generator.evaluation_of(self, validation_data, validation_steps)
        elif validation_data:
            val_ins = self._validation_arrays(validation_data, batch_size)
        elif validation_split and 0.0 < validation_split < 1.0:
            if any(K.is_tensor(t) for t in x):
                raise ValueError("If your data is in the form of symbolic tensors, you cannot use `validation_split`.")
            split_at = int(len(x[0]) * (1.0 - validation_split)) if not hasattr(x[0], "shape") else None
            if split_at is None:
                split_at = int(int(x[0].shape[0]) * (1.0 - validation_split))
            val_ins = [part for group in (x, y, sample_weights) for part in slice_arrays(group, split_at)]
            x, y, sample_weights = (slice_arrays(group, 0, split_at) for group in (x, y, sample_weights))
        elif validation_steps:
            val_ins = []

        self._make_train_function()
        do_validation = val_ins is not None or evaluate is not None
        if do_validation:
            self._make_test_function()
        if val_ins is not None:
            val_ins = val_ins + self._phase(0.0)
        labels = self.metrics_names
        return training_arrays.fit_loop(
            self,
            self.train_function,
            x + y + sample_weights + self._phase(1.0),
            out_labels=labels,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            val_f=None if val_ins is None else self.test_function,
            val_ins=val_ins or [],
            shuffle=shuffle,
            callback_metrics=labels + ["val_" + n for n in labels] if do_validation else list(labels),
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            evaluate=evaluate,
        )

    def _validation_arrays(self, validation_data, batch_size=None):
        """Inputs, targets and weights from `(x, y)` or `(x, y, sample_weights)` as one list."""
        if len(validation_data) not in (2, 3):
            raise ValueError(
                "When passing validation_data, it must contain 2 (x_val, y_val) or 3 (x_val, y_val, val_sample_weights) "
                f"items, however it contains {len(validation_data)} items"
            )
        x, y, weights = self._standardize_user_data(
            validation_data[0],
            validation_data[1],
            sample_weight=validation_data[2] if len(validation_data) == 3 else None,
            batch_size=batch_size,
        )
        return x + y + weights

    @_signatures.also_takes("callbacks", *_QUEUE)
    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose=1,
        sample_weight=None,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """The loss and the metrics on data, in test mode.

        Args:
            x, y, batch_size, sample_weight: as in `fit`.
            verbose: 1 for a progress bar.
            steps: the number of steps where tensors give the data.
            callbacks: a list of Callback, whose methods `on_test_...` are called.
            max_queue_size, workers, use_multiprocessing: as in `fit_generator`, for a generator or Sequence.

        Returns:
            the loss, or a list of the values that `metrics_names` names.
        """
        if training_generator.gives_batches(x, y=y, batch_size=batch_size, sample_weight=sample_weight):
            return training_generator.evaluate_generator(
                self, x, steps, max_queue_size, workers, use_multiprocessing, verbose, callbacks
            )
        if batch_size is None and steps is None:
            batch_size = 32
        if x is None and y is None and steps is None:
            raise ValueError("If evaluating from data tensors, you should specify the `steps` argument.")
        x, y, sample_weights = self._standardize_user_data(x, y, sample_weight=sample_weight, batch_size=batch_size)
        self._make_test_function()
        return training_arrays.test_loop(
            self,
            self.test_function,
            x + y + sample_weights + self._phase(0.0),
            batch_size=batch_size,
            verbose=verbose,
            steps=steps,
            callbacks=callbacks,
        )

    @_signatures.also_takes("callbacks", *_QUEUE)
    def predict(
        self,
        x,
        batch_size=None,
        verbose=0,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """The outputs for `x`, in test mode; the arguments are those of `evaluate`.

        Returns:
            an array, or a list of arrays where there are several outputs, one row a sample.

        Raises:
            ValueError: data that do not fit the model, or for a stateful one do not fill whole batches.
        """
        if training_generator.gives_batches(x, batch_size=batch_size):
            return training_generator.predict_generator(
                self, x, steps, max_queue_size, workers, use_multiprocessing, verbose, callbacks
            )
        if batch_size is None and steps is None:
            batch_size = 32
        if x is None and steps is None:
            raise ValueError("If predicting from data tensors, you should specify the `steps` argument.")
        x, _, _ = self._standardize_user_data(x)
        if self.stateful and x and batch_size:
            samples = x[0].shape[0]
            if samples > batch_size and samples % batch_size != 0:
                raise ValueError(
                    "In a stateful network, you should only pass inputs with a number of samples that can be divided by the "
                    f"batch size. Found: {samples} samples. Batch size: {batch_size}."
                )
        self._make_predict_function()
        return training_arrays.predict_loop(
            self, self.predict_function, x + self._phase(0.0), batch_size, verbose, steps, callbacks
        )

    # -- single batches ------------------------------------------------------------------------------------------------

    @_signatures.also_takes("reset_metrics")
    def train_on_batch(self, x, y, sample_weight=None, class_weight=None, reset_metrics=True):
        """One training step on one batch.

        Args:
            reset_metrics: bool, whether metric objects start anew with the next batch, or go on gathering.

        Returns:
            the loss before the step, or a list of the values that `metrics_names` names.
        """
        x, y, weights = self._standardize_user_data(x, y, sample_weight=sample_weight, class_weight=class_weight)
        self._make_train_function()
        run = self._alone(self.train_function, self._train_updates) if reset_metrics else self.train_function
        return unpack_singleton(run(x + y + weights + self._phase(1.0)))

    @_signatures.also_takes("reset_metrics")
    def test_on_batch(self, x, y, sample_weight=None, reset_metrics=True):
        """The loss and metrics on one batch, in the form of `train_on_batch`."""
        x, y, weights = self._standardize_user_data(x, y, sample_weight=sample_weight)
        self._make_test_function()
        updates = self.state_updates + self.metrics_updates
        run = self._alone(self.test_function, updates) if reset_metrics else self.test_function
        return unpack_singleton(run(x + y + weights + self._phase(0.0)))

    def reset_metrics(self):
        """Sets what metrics gathered from batch to batch to zero."""
        _metric_base.reset_states(self.stateful_metric_functions)

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        x, _, _ = self._standardize_user_data(x)
        self._make_predict_function()
        return unpack_singleton(self.predict_function(x + self._phase(0.0)))
