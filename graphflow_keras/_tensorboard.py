"""The TensorBoard callback and its event files."""

import os
import warnings

import numpy as np

import graphflow as tf
from graphflow_keras import _signatures
from graphflow_keras import backend as K
from graphflow_keras._callback_base import Watcher
from graphflow_keras.engine.training_utils import standardize_input_data


class TensorBoard(Watcher):
    """Writes event files for TensorBoard: losses and metrics, the graph, histograms, embeddings.

    Args:
        log_dir: the folder of the files.
        histogram_freq: every how many epochs histograms of weights and outputs are computed on the validation data; 0 never.
        batch_size: samples a step of that.
        write_graph: whether the graph is written.
        write_grads: histograms of the gradients too.
        write_images: weights as images too.
        embeddings_freq: every how many epochs the outputs of embedding layers for `embeddings_data` are saved; 0 never.
        embeddings_layer_names: the layers; None for all Embedding layers.
        embeddings_metadata: a file of labels, or a dict from layer name to file.
        update_freq: 'batch', 'epoch' or a number of samples between two entries.
        profile_batch: the batch of which tf.keras keeps a profile; here none is kept, with a warning for what is not 0 or
            the default.
    """

    _only_watches = True

    @_signatures.also_takes("profile_batch")
    def __init__(
        self,
        log_dir="./logs",
        histogram_freq=0,
        batch_size=32,
        write_graph=True,
        write_grads=False,
        write_images=False,
        embeddings_freq=0,
        embeddings_layer_names=None,
        embeddings_metadata=None,
        embeddings_data=None,
        update_freq="epoch",
        profile_batch=2,
    ):
        super().__init__()
        if profile_batch not in (0, 2):
            warnings.warn(
                f"TensorBoard(profile_batch={profile_batch!r}) keeps no profile; for the times of operations run with "
                "tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), or write profile_batch=0.",
                stacklevel=3,
            )
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq
        self.batch_size = batch_size
        self.merged = None
        self.write_graph = write_graph
        self.write_grads = write_grads
        self.write_images = write_images
        self.embeddings_freq = embeddings_freq
        self.embeddings_layer_names = embeddings_layer_names
        self.embeddings_metadata = embeddings_metadata or {}
        self.embeddings_data = embeddings_data
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.samples_seen = 0
        self.samples_seen_at_last_write = 0

    def set_model(self, model):
        self.model = model
        self.sess = K.get_session()
        self._files = _Files(self)
        self.writer = self._files.writer

    def on_epoch_end(self, epoch, logs=None):
        if not self.validation_data and self.histogram_freq:
            raise ValueError("If printing histograms, validation_data must be provided, and cannot be a generator.")
        if self.embeddings_data is None and self.embeddings_freq:
            raise ValueError("To visualize embeddings, embeddings_data must be provided.")
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._files.write_histograms(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._files.write_embeddings(epoch)
        self._files.write_logs(logs or {}, epoch if self.update_freq == "epoch" else self.samples_seen)

    def on_batch_end(self, batch, logs=None):
        if self.update_freq == "epoch":
            return
        self.samples_seen += logs["size"]
        if self.samples_seen - self.samples_seen_at_last_write >= self.update_freq:
            self._files.write_logs(logs, self.samples_seen)
            self.samples_seen_at_last_write = self.samples_seen

    @_signatures.also_called(logs="_")
    def on_train_end(self, _):
        self.writer.close()


class _Files:
    """Writes what a TensorBoard callback asks for.

    Args:
        callback: the TensorBoard callback, which has its model and session by now.
    """

    def __init__(self, callback):
        self._callback = callback
        self._model = callback.model
        self._session = callback.sess
        if callback.histogram_freq and callback.merged is None:
            for layer in self._model.layers:
                self._add_summaries(layer)
        callback.merged = tf.summary.merge_all()
        graph = self._session.graph if callback.write_graph else None
        self.writer = tf.summary.FileWriter(callback.log_dir, graph)
        self._assignments = []
        if callback.embeddings_freq and callback.embeddings_data is not None:
            self._prepare_embeddings()

    def write_logs(self, logs, index):
        """Writes each value of the logs at the step `index`."""
        for name, value in logs.items():
            if name not in ("batch", "size"):
                summary = tf.Summary()
                summary.value.add(tag=name, simple_value=float(value))
                self.writer.add_summary(summary, index)
        self.writer.flush()

    # -- histograms and images -----------------------------------------------------------------------------------------

    def _add_summaries(self, layer):
        for weight in layer.weights:
            name = weight.name.replace(":", "_")
            tf.summary.histogram(name, weight)
            if self._callback.write_grads:
                grads = self._model.optimizer.get_gradients(self._model.total_loss, weight)
                grads = [g.values if isinstance(g, tf.IndexedSlices) else g for g in grads]
                tf.summary.histogram(f"{name}_grad", grads)
            if self._callback.write_images:
                image = _weight_image(weight)
                if image is not None:
                    tf.summary.image(name, image)
        if hasattr(layer, "output"):
            outputs = layer.output
            if isinstance(outputs, list):
                for i, output in enumerate(outputs):
                    tf.summary.histogram(f"{layer.name}_out_{i}", output)
            else:
                tf.summary.histogram(f"{layer.name}_out", outputs)

    def write_histograms(self, epoch):
        """Runs the summaries over the validation data, a batch at a time."""
        model, data = self._model, self._callback.validation_data
        tensors = model.inputs + model.targets + model.sample_weights
        phase = []
        if model.uses_learning_phase:
            data, phase = data[:-1], [(K.learning_phase(), data[-1])]
        size = self._callback.batch_size
        for start in range(0, data[0].shape[0], size):
            feed = dict([*zip(tensors, (x[start : start + size] for x in data)), *phase])
            self.writer.add_summary(self._session.run(self._callback.merged, feed_dict=feed), epoch)

    # -- embeddings ----------------------------------------------------------------------------------------------------

    def _prepare_embeddings(self):
        """A variable for each embedding layer's outputs for all of `embeddings_data`, and the file that points to them."""
        callback, model = self._callback, self._model
        callback.embeddings_data = standardize_input_data(callback.embeddings_data, model.input_names)
        names = callback.embeddings_layer_names or [
            layer.name for layer in model.layers if type(layer).__name__ == "Embedding"
        ]
        self._start, self._size = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
        rows = callback.embeddings_data[0].shape[0]
        variables = {}
        for layer in model.layers:
            if layer.name in names:
                output = model.get_layer(layer.name).output
                width = int(np.prod(K.int_shape(output)[1:]))
                variable = tf.Variable(tf.zeros((rows, width)), name=f"{layer.name}_embedding")
                part = variable[self._start : self._start + self._size]
                self._assignments.append(tf.assign(part, tf.reshape(output, (self._size, width))))
                variables[layer.name] = variable
        self._session.run(tf.variables_initializer(list(variables.values())))
        self._saver = tf.train.Saver(list(variables.values()))
        metadata = callback.embeddings_metadata
        entries = []
        for name, variable in variables.items():
            entries.append(f'embeddings {{\n  tensor_name: "{variable.name}"\n')
            file = metadata if isinstance(metadata, str) else metadata.get(name)
            entries[-1] += f'  metadata_path: "{file}"\n}}\n' if file else "}\n"
        os.makedirs(callback.log_dir, exist_ok=True)
        with open(os.path.join(callback.log_dir, "projector_config.pbtxt"), "w", encoding="utf-8") as f:
            f.write("".join(entries))

    def write_embeddings(self, epoch):
        """Computes the embeddings of all of `embeddings_data` and saves them as a checkpoint."""
        callback, model = self._callback, self._model
        data = callback.embeddings_data
        for start in range(0, data[0].shape[0], callback.batch_size):
            rows = [x[start : start + callback.batch_size] for x in data]
            feed = dict(zip(model.inputs, rows))
            feed.update({self._start: start, self._size: len(rows[0])})
            if model.uses_learning_phase:
                feed[K.learning_phase()] = False
            self._session.run(self._assignments, feed_dict=feed)
        self._saver.save(self._session, os.path.join(callback.log_dir, "keras_embedding.ckpt"), epoch)


def _weight_image(weight):
    """A weight of up to three axes as an image `[images, height, width, 1]`; None for one of more axes."""
    image = tf.squeeze(weight)
    shape = K.int_shape(image)
    if len(shape) == 1:
        return tf.reshape(image, [1, shape[0], 1, 1])
    if len(shape) == 2:
        image = tf.transpose(image) if shape[0] > shape[1] else image
        return tf.reshape(image, [1, min(shape), max(shape), 1])
    if len(shape) == 3:
        if K.image_data_format() == "channels_last":
            image = tf.transpose(image, perm=[2, 0, 1])
        return tf.expand_dims(image, -1)
    return None
