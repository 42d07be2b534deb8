"""Losses and updates of a layer, beside its output."""

from __future__ import annotations

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.engine import _added_metrics
from graphflow_keras.utils.generic_utils import object_list_uid, to_list


class AddedLosses:
    """The part of `Layer` to which losses and updates are added: of a call, known by its inputs, or of none."""

    @property
    def losses(self):
        """All added losses; with eager execution those on weights, computed anew."""
        if tf.executing_eagerly():
            own = [regularizer(weight) for regularizer, weight in self.__dict__.get("_regularized", ())]
            return own + self._of_parts("losses")
        self._regularize_weights()
        of_parts = self._of_parts("losses")
        return self._losses + of_parts if of_parts else self._losses

    @property
    def updates(self):
        """All added updates; none where the layer is frozen and keeps no state."""
        if not self.trainable and not self.stateful:
            return []
        of_parts = self._of_parts("updates")
        return self._updates + of_parts if of_parts else self._updates

    def add_loss(self, losses, inputs=None):
        """Adds to what the model minimises.

        Args:
            losses: scalar tensor or a list of them; for tf.keras also functions without arguments that compute one.
            inputs: the tensors of the call that the losses belong to; None for losses of no call, as on a weight.
        """
        losses = [] if losses is None else to_list(losses)
        functions = [loss for loss in losses if callable(loss)]
        if functions and tf.executing_eagerly():
            self.__dict__.setdefault("_regularized", []).extend((lambda _, f=f: f(), None) for f in functions)
            losses = [loss for loss in losses if not callable(loss)]
        losses = [loss() if callable(loss) else loss for loss in losses]
        self._add(self._losses, self._per_input_losses, losses, inputs)

    def add_metric(self, value, aggregation=None, name=None):
        """Adds a value that training reports beside the loss, as tf.keras has it; see `_added_metrics.add`."""
        _added_metrics.add(self, value, aggregation, name)

    def _regularize_weights(self):
        """Adds the losses on weights, where tf.keras is spoken and so `add_weight` left that for later."""
        waiting = self.__dict__.get("_regularized")
        if not waiting or not dialect.is_tf_keras() or tf.executing_eagerly():
            return
        self._regularized = []
        for regularizer, weight in waiting:
            with K.name_scope(weight.op.name + "/Regularizer"):
                self.add_loss(regularizer(weight))

    def add_update(self, updates, inputs=None):
        """Adds operations that each step of training runs; `inputs` as for `add_loss`."""
        self._add(self._updates, self._per_input_updates, updates, inputs)

    @staticmethod
    def _add(all_items, per_input, items, inputs):
        items = [] if items is None else to_list(items)
        if items:
            all_items.extend(items)
            per_input.setdefault(_inputs_key(inputs), []).extend(items)

    def get_losses_for(self, inputs):
        """The losses added for `inputs`; those of no call for None."""
        self._regularize_weights()
        own = self._per_input_losses.get(_inputs_key(inputs), [])
        return own + self._of_parts_for(inputs, "losses", "get_losses_for")

    def get_updates_for(self, inputs):
        """The updates added for `inputs`; those of no call for None. None of a frozen layer without state."""
        if not self.trainable and not self.stateful:
            return []
        own = self._per_input_updates.get(_inputs_key(inputs), [])
        return own + self._of_parts_for(inputs, "updates", "get_updates_for")

    def _of_parts_for(self, inputs, attribute, method):
        """What the layers held here added: for inputs, all that belongs to calls; the rest for None."""
        items = []
        for part in self._held_layers():
            of_no_call = getattr(part, method)(None)
            rest = [x for x in getattr(part, attribute) if not any(x is y for y in of_no_call)]
            items += of_no_call if _inputs_key(inputs) is None else rest
        return items

    def _regularize_activity(self, inputs, outputs):
        regularizer = getattr(self, "activity_regularizer", None)
        if regularizer is not None:
            with K.name_scope("ActivityRegularizer" if dialect.is_tf_keras() else "activity_regularizer"):
                losses = [regularizer(x) for x in outputs]
                if dialect.is_tf_keras():  # the mean of the batch
                    losses = [loss / tf.cast(tf.shape(x)[0], loss.dtype) for loss, x in zip(losses, outputs)]
            self.add_loss(losses, inputs=to_list(inputs))


def _by_example(loss, x):
    """A loss summed over a batch, divided by the number of its examples."""
    return loss / tf.cast(tf.shape(x)[0], loss.dtype)


def _inputs_key(inputs):
    return None if inputs is None or inputs == [] else object_list_uid(inputs)
