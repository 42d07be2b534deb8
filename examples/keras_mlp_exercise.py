"""The lecture's in-class exercise: a multilayer perceptron that reads handwritten digits from raw pixels, with Keras.

Takes MNIST where ~/.keras/datasets/mnist.npz is there, and scikit-learn's 8 x 8 digits elsewhere, so no network is
needed. Writes pictures to keras_output/. Needs the extra [examples].
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import graphflow as tf
from graphflow_keras.datasets import digits, mnist
from graphflow_keras.layers import Dense, Dropout
from graphflow_keras.models import Sequential
from graphflow_keras.utils import plot_model, to_categorical

OUTPUT = Path("keras_output")
OUTPUT.mkdir(exist_ok=True)
np.random.seed(0)  # of the order of the batches
tf.set_random_seed(0)  # of the initial weights

# 1. The raw data: grey images, 0 to 255, and the digit each shows.
has_mnist = Path("~/.keras/datasets/mnist.npz").expanduser().exists()
(x_train, y_train), (x_test, y_test) = (mnist if has_mnist else digits).load_data()
n_classes = 10
height, width = x_train.shape[1:]
print(
    f"{'MNIST' if has_mnist else 'digits'}: {len(x_train)} images of {height} x {width} to train, {len(x_test)} to test"
)

# 2. Each image becomes a row of numbers in 0..1, each digit a one-hot vector.
X_train = x_train.reshape(-1, height * width).astype("float32") / 255
X_test = x_test.reshape(-1, height * width).astype("float32") / 255
Y_train = to_categorical(y_train, n_classes)
Y_test = to_categorical(y_test, n_classes)

# 3. Define, compile, fit, evaluate.
model = Sequential()
model.add(Dense(128, input_shape=(height * width,), activation="relu"))
model.add(Dropout(0.2))
model.add(Dense(n_classes, activation="softmax"))
model.summary()
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
epochs = 5 if has_mnist else 30
history = model.fit(
    X_train, Y_train, batch_size=128 if has_mnist else 32, epochs=epochs, verbose=0, validation_data=(X_test, Y_test)
)
loss, accuracy = model.evaluate(X_test, Y_test, verbose=0)
print(f"test loss {loss:.3f}, test accuracy {accuracy:.1%}")

# 4. Use: what the network says of each test image, and how sure it is.
probabilities = model.predict(X_test)
predicted = probabilities.argmax(axis=1)
confusion = np.zeros((n_classes, n_classes), int)
np.add.at(confusion, (y_test, predicted), 1)
wrong = np.flatnonzero(predicted != y_test)
shown = wrong[np.argsort(-probabilities[wrong].max(axis=1))][:10]  # the mistakes it is surest of

# 5. Pictures: learning curves, the confusion matrix, mistakes, and the model.
figure = Figure(figsize=(11, 6), layout="constrained")
figure.suptitle(
    f"MLP on {'MNIST' if has_mnist else 'scikit-learn digits'}: {accuracy:.1%} of the test images are right"
)
top, bottom = figure.subfigures(2, 1, height_ratios=(5, 2))
curves, matrix = top.subplots(1, 2, width_ratios=(3, 2))
for name, label in (("loss", "training"), ("val_loss", "test")):
    curves.plot(range(1, epochs + 1), history.history[name], marker=".", label=label)
curves.set(title="Cross entropy", xlabel="epoch", yscale="log")
curves.legend()
curves.grid(alpha=0.3)
mistakes = np.where(np.eye(n_classes, dtype=bool), 0, confusion)
matrix.imshow(mistakes, cmap="Reds", vmax=max(1, 2 * mistakes.max()))
for row in range(n_classes):
    for column in range(n_classes):
        if confusion[row, column]:
            matrix.text(column, row, confusion[row, column], ha="center", va="center", fontsize=7.5)
matrix.set(title="Confusion", xlabel="predicted", ylabel="true", xticks=range(n_classes), yticks=range(n_classes))
bottom.suptitle("The mistakes it is surest of")
for axes, i in zip(bottom.subplots(1, 10).flat, [*shown, *[None] * (10 - len(shown))]):
    axes.set_axis_off()
    if i is not None:
        axes.imshow(x_test[i], cmap="gray_r")
        axes.set_title(f"{y_test[i]} taken\nfor {predicted[i]}, {probabilities[i].max():.0%}", fontsize=8)
figure.savefig(OUTPUT / "mlp_exercise.png", dpi=110)
plot_model(model, OUTPUT / "mlp_exercise_model.svg", show_shapes=True)
print("pictures:", (OUTPUT / "mlp_exercise.png").resolve(), (OUTPUT / "mlp_exercise_model.svg").resolve())
