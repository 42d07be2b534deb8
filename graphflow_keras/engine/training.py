"""Model: a network that can be trained, evaluated and asked for predictions."""

import warnings

from graphflow_keras import backend as K
from graphflow_keras import optimizers
from graphflow_keras.backend import _session
from graphflow_keras.engine import _compiling, training_arrays, training_generator
from graphflow_keras.engine._user_data import DataNetwork
from graphflow_keras.engine.training_utils import weighted_masked_objective
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import slice_arrays, to_list, unpack_singleton


class Model(DataNetwork):
    """A network with training and evaluation: `Model(inputs, outputs)`, or a subclass with its own `call`."""

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
            kwargs: handed to `Session.run`.

        Raises:
            ValueError: an argument that does not fit the outputs, or no loss at all. TypeError: an argument of another type.
        """
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss or []
        self.metrics = metrics or []
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
        _compiling.add_metrics(self, metrics, weighted_metrics, masks)

        self._function_kwargs = kwargs
        self.train_function = self.test_function = self.predict_function = None
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
                self._feed_loss_fns.append(loss)

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
        if len(self.trainable_weights) != len(getattr(self, "_collected_trainable_weights", self.trainable_weights)):
            warnings.warn(
                "Discrepancy between trainable weights and collected trainable weights, did you set `model.trainable` without "
                "calling `model.compile` after ?",
                stacklevel=3,
            )

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
        inputs = self._feed_inputs + self._feed_targets + self._feed_sample_weights + self._phase_input()
        with K.name_scope("training"):
            with K.name_scope(self.optimizer.__class__.__name__):
                updates = self.optimizer.get_updates(params=self._collected_trainable_weights, loss=self.total_loss)
            self.train_function = K.function(
                inputs,
                [self.total_loss] + self.metrics_tensors,
                updates=self.updates + updates + self.metrics_updates,
                name="train_function",
                **self._function_kwargs,
            )

    @_session.symbolic_graph()
    def _make_test_function(self):
        self._check_compiled()
        if self.test_function is None:
            self.test_function = K.function(
                self._feed_inputs + self._feed_targets + self._feed_sample_weights + self._phase_input(),
                [self.total_loss] + self.metrics_tensors,
                updates=self.state_updates + self.metrics_updates,
                name="test_function",
                **self._function_kwargs,
            )

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

        Returns:
            a History; its `history` maps each label to a list of values, one an epoch.

        Raises:
            RuntimeError: not compiled. ValueError: data that do not fit the model. TypeError: an unknown argument.
        """
        if "nb_epoch" in kwargs:
            warnings.warn("The `nb_epoch` argument in `fit` has been renamed `epochs`.", stacklevel=2)
            epochs = kwargs.pop("nb_epoch")
        queue = {key: kwargs.pop(key) for key in ("max_queue_size", "workers", "use_multiprocessing") if key in kwargs}
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
                **queue,
            )
        if batch_size is None and steps_per_epoch is None:
            batch_size = 32
        if x is None and y is None and steps_per_epoch is None:
            raise ValueError("If fitting from data tensors, you should specify the `steps_per_epoch` argument.")
        x, y, sample_weights = self._standardize_user_data(
            x, y, sample_weight=sample_weight, class_weight=class_weight, batch_size=batch_size
        )
        val_ins = None
        if validation_data:
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
        do_validation = val_ins is not None
        if do_validation:
            self._make_test_function()
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
            val_f=self.test_function if do_validation else None,
            val_ins=val_ins or [],
            shuffle=shuffle,
            callback_metrics=labels + ["val_" + n for n in labels] if do_validation else list(labels),
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
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

    def evaluate(self, x=None, y=None, batch_size=None, verbose=1, sample_weight=None, steps=None):
        """The loss and the metrics on data, in test mode.

        Args:
            x, y, batch_size, sample_weight: as in `fit`.
            verbose: 1 for a progress bar.
            steps: the number of steps where tensors give the data.

        Returns:
            the loss, or a list of the values that `metrics_names` names.
        """
        if training_generator.gives_batches(x, y=y, batch_size=batch_size, sample_weight=sample_weight):
            return self.evaluate_generator(x, steps, verbose=verbose)
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
        )

    def predict(self, x, batch_size=None, verbose=0, steps=None):
        """The outputs for `x`, in test mode.

        Returns:
            an array, or a list of arrays where there are several outputs, one row a sample.

        Raises:
            ValueError: data that do not fit the model, or for a stateful one do not fill whole batches.
        """
        if training_generator.gives_batches(x, batch_size=batch_size):
            return self.predict_generator(x, steps, verbose=verbose)
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
            self, self.predict_function, x + self._phase(0.0), batch_size=batch_size, verbose=verbose, steps=steps
        )

    # -- single batches ------------------------------------------------------------------------------------------------

    def train_on_batch(self, x, y, sample_weight=None, class_weight=None):
        """One training step on one batch.

        Returns:
            the loss before the step, or a list of the values that `metrics_names` names.
        """
        x, y, weights = self._standardize_user_data(x, y, sample_weight=sample_weight, class_weight=class_weight)
        self._make_train_function()
        return unpack_singleton(self.train_function(x + y + weights + self._phase(1.0)))

    def test_on_batch(self, x, y, sample_weight=None):
        """The loss and metrics on one batch, in the form of `train_on_batch`."""
        x, y, weights = self._standardize_user_data(x, y, sample_weight=sample_weight)
        self._make_test_function()
        return unpack_singleton(self.test_function(x + y + weights + self._phase(0.0)))

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        x, _, _ = self._standardize_user_data(x)
        self._make_predict_function()
        return unpack_singleton(self.predict_function(x + self._phase(0.0)))

    # -- generators ----------------------------------------------------------------------------------------------------

    @interfaces.legacy_generator_methods_support
    def fit_generator(
        self,
        generator,
        steps_per_epoch=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_data=None,
        validation_steps=None,
        class_weight=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        shuffle=True,
        initial_epoch=0,
    ):
        """Trains on batches that a generator or Sequence gives while the model computes.

        Args:
            generator: yields `(x, y)` or `(x, y, sample_weights)`, for ever if it is no Sequence.
            steps_per_epoch: the batches of an epoch; for a Sequence its length unless given.
            validation_data: data as in `fit`, or a generator or Sequence of them, of which `validation_steps` are taken.
            max_queue_size: how many batches may wait.
            workers: how many threads, or processes with `use_multiprocessing`, make batches; 0 makes them in this thread.
            shuffle: for a Sequence, a new order of its batches each epoch.

        Returns:
            a History, as `fit` does.

        Raises:
            ValueError: no number of steps is known, or the generator yields something else.
        """
        return training_generator.fit_generator(
            self,
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )

    @interfaces.legacy_generator_methods_support
    def evaluate_generator(
        self, generator, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0
    ):
        """The loss and metrics on `steps` batches of a generator or Sequence, weighted by their sizes."""
        return training_generator.evaluate_generator(
            self,
            generator,
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
        )

    @interfaces.legacy_generator_methods_support
    def predict_generator(
        self, generator, steps=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0
    ):
        """The outputs for `steps` batches of a generator or Sequence; targets it yields are left aside."""
        return training_generator.predict_generator(
            self,
            generator,
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
        )
