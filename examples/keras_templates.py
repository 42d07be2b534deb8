"""A one-layer classifier on small images, and what it has learnt: one template of weights for each class.

The weights that lead to a class have the form of an image, so they can be drawn as one: red where a bright pixel speaks
for the class, blue where it speaks against it. Takes CIFAR-10 where its archive is in ~/.keras/datasets, and
scikit-learn's digits elsewhere. Writes a picture to keras_output/. Needs the extra [examples].
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import graphflow as tf
from graphflow_keras.datasets import cifar10, digits
from graphflow_keras.layers import Dense, Flatten
from graphflow_keras.models import Sequential
from graphflow_keras.regularizers import l2
from graphflow_keras.utils import to_categorical

OUTPUT = Path("keras_output")
OUTPUT.mkdir(exist_ok=True)
np.random.seed(1)
tf.set_random_seed(1)

has_cifar = Path("~/.keras/datasets/cifar-10-batches-py.tar.gz").expanduser().exists()
(x_train, y_train), (x_test, y_test) = (cifar10 if has_cifar else digits).load_data()
names = "airplane automobile bird cat deer dog frog horse ship truck".split() if has_cifar else list("0123456789")
x_train, y_train = x_train[:10000], y_train.ravel()[:10000]
x_test, y_test = x_test[:2000], y_test.ravel()[:2000]
mean = x_train.mean(axis=0)
X_train, X_test = ((x - mean) / 255 for x in (x_train, x_test))

# One layer: the score of a class is the sum of all pixels, each by its weight, and a bias.
model = Sequential()
model.add(Flatten(input_shape=X_train.shape[1:]))
model.add(Dense(10, activation="softmax", kernel_regularizer=l2(0.001)))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, to_categorical(y_train, 10), batch_size=32, epochs=20, verbose=0)
accuracy = model.evaluate(X_test, to_categorical(y_test, 10), verbose=0)[1]
print(f"test accuracy {accuracy:.1%}")

weights, biases = model.get_weights()
templates = weights.T.reshape(10, *X_train.shape[1:])  # the weights to one output, in the form of an image
print("weights", weights.shape, "-> ten templates of", templates.shape[1:])

# The scores of one image, taken apart: pixel by pixel, its share in the score of its class and of the runner-up.
probabilities = model.predict(X_test)
chosen = int(np.flatnonzero(probabilities.argmax(axis=1) == y_test)[0])
first, second = probabilities[chosen].argsort()[::-1][:2]
shares = X_test[chosen] * templates
scores = shares.reshape(10, -1).sum(axis=1) + biases
print(f"scores of a test image ({names[y_test[chosen]]}):", dict(zip(names, scores.round(1).tolist())))


def as_picture(values, limit):
    """Weights of one channel as they are, for a map of colours; those of three, stretched to 0..1, as a colour picture."""
    return values if values.ndim == 2 else values / (2 * limit) + 0.5


def draw(axes, values, title, limit):
    axes.imshow(as_picture(values, limit), cmap="RdBu_r", vmin=-limit, vmax=limit)
    axes.set_title(title, fontsize=10)


limit = np.abs(templates).max()
figure = Figure(figsize=(11, 5.4), layout="constrained")
figure.suptitle(f"One-layer classifier, {accuracy:.1%} of the test images right: its ten templates of weights")
upper, lower = figure.subfigures(2, 1, height_ratios=(2, 1.35))
for axes, template, name in zip(upper.subplots(2, 5).flat, templates, names):
    draw(axes, template, name, limit)
grid = lower.add_gridspec(1, 5)
panels = [lower.add_subplot(grid[0, i]) for i in range(3)]
panels[0].imshow(x_test[chosen], cmap="gray_r")
panels[0].set_title(f"a test image: {names[y_test[chosen]]}", fontsize=10)
share_limit = np.abs(shares[[first, second]]).max()
for axes, which in ((panels[1], first), (panels[2], second)):
    draw(axes, shares[which], f"x template {names[which]}:\nscore {scores[which]:.1f}", share_limit)
bars = lower.add_subplot(grid[0, 3:])
bars.bar(names, scores, color=["#c0392b" if i == first else "#95a5a6" for i in range(10)])
bars.axhline(0, color="black", linewidth=0.6)
bars.set_title("scores of all classes", fontsize=10)
bars.tick_params(labelsize=8, rotation=60 if has_cifar else 0)
for axes in [*upper.axes, *panels]:
    axes.set(xticks=[], yticks=[])
figure.savefig(OUTPUT / "templates.png", dpi=110)
print("picture:", (OUTPUT / "templates.png").resolve())
