"""Training, evaluation and prediction over batches from a generator or Sequence: the methods of a model."""

from graphflow_keras import _signatures
from graphflow_keras.engine import training_generator
from graphflow_keras.legacy import interfaces


class GeneratorMethods:
    """The part of `Model` that takes generators."""

    @interfaces.legacy_generator_methods_support
    @_signatures.also_takes("validation_freq")
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
        validation_freq=1,
    ):
        """Trains on batches that a generator or Sequence gives while the model computes.

        Args:
            generator: yields `(x, y)` or `(x, y, sample_weights)`, for ever if it is no Sequence.
            steps_per_epoch: the batches of an epoch; for a Sequence its length unless given.
            validation_data: data as in `fit`, or a generator or Sequence of them, of which `validation_steps` are taken.
            max_queue_size: how many batches may wait.
            workers: how many threads, or processes with `use_multiprocessing`, make batches; 0 makes them in this thread.
            shuffle: for a Sequence, a new order of its batches each epoch.
            validation_freq: as in `fit`.

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
            validation_freq=validation_freq,
        )

    @interfaces.legacy_generator_methods_support
    @_signatures.also_takes("callbacks")
    def evaluate_generator(
        self,
        generator,
        steps=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
        callbacks=None,
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
            callbacks=callbacks,
        )

    @interfaces.legacy_generator_methods_support
    @_signatures.also_takes("callbacks")
    def predict_generator(
        self,
        generator,
        steps=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
        callbacks=None,
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
            callbacks=callbacks,
        )
