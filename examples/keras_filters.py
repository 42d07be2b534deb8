"""What a convolutional network looks at: its filters, their activation maps and receptive fields, drawn as the lecture does.

First the lecture's own small examples of convolutions, and its formulas for the size of the output and the number of
parameters, checked against Keras. Then a network with six filters of 5 x 5 is trained on scikit-learn's digits, twice as
large. Writes pictures to keras_output/. Needs the extra [examples].
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.datasets import digits
from graphflow_keras.layers import Conv1D, Conv2D, Dense, Flatten, MaxPooling2D, ZeroPadding2D
from graphflow_keras.models import Model, Sequential
from graphflow_keras.utils import to_categorical

OUTPUT = Path("keras_output")
OUTPUT.mkdir(exist_ok=True)
np.random.seed(4)
tf.set_random_seed(4)


# -- the lecture's examples ----------------------------------------------------------------------------------------------
def convolved(signal, kernel):
    """`signal` (*) `kernel` as a Keras layer computes it: indices of both run upwards."""
    model = Sequential([Conv1D(1, len(kernel), use_bias=False, input_shape=(len(signal), 1))])
    model.set_weights([np.reshape(kernel, (-1, 1, 1))])
    return model.predict(np.reshape(signal, (1, -1, 1))).ravel().astype(int).tolist()


assert convolved([1, 2, 3, 4], [3, 2]) == [7, 12, 17]
assert convolved([0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4], [-1, 1]) == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
print("(1, 2, 3, 4) (*) (3, 2) =", convolved([1, 2, 3, 4], [3, 2]))

print("\n  W   w   P   S   C   D |  O = (W - w + 2P) / S + 1    parameters = w h C D + D")
for W, w, P, S, C, D in (
    (32, 5, 0, 1, 3, 6),
    (32, 5, 2, 1, 3, 6),
    (5, 3, 1, 2, 3, 2),
    (28, 3, 1, 1, 1, 32),
    (9, 1, 0, 1, 64, 8),
):
    model = Sequential([ZeroPadding2D(P, input_shape=(W, W, C)), Conv2D(D, w, strides=S)])
    size, parameters = (W - w + 2 * P) // S + 1, w * w * C * D + D
    assert model.output_shape == (None, size, size, D) and model.count_params() == parameters
    print(f"{W:3} {w:3} {P:3} {S:3} {C:3} {D:3} | {size:12} {parameters:26}")

# -- a network on the digits -----------------------------------------------------------------------------------------------
(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train, x_test = (x.repeat(2, axis=1).repeat(2, axis=2)[..., np.newaxis] / 255.0 for x in (x_train, x_test))

model = Sequential()
model.add(Conv2D(6, (5, 5), activation="relu", input_shape=(16, 16, 1), name="filters"))
model.add(MaxPooling2D((2, 2)))
model.add(Conv2D(12, (3, 3), activation="relu", name="deeper"))
model.add(Flatten())
model.add(Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.summary()
model.fit(x_train, to_categorical(y_train), batch_size=32, epochs=8, verbose=0)
accuracy = model.evaluate(x_test, to_categorical(y_test), verbose=0)[1]
print(f"test accuracy {accuracy:.1%}")

filters = model.get_layer("filters").get_weights()[0][:, :, 0, :]  # 5 x 5, six of them
maps_of = Model(model.inputs, [model.get_layer("filters").output, model.get_layer("deeper").output])
chosen = int(np.flatnonzero(y_test == 2)[0])
image = x_test[chosen]
maps, deeper = (maps[0] for maps in maps_of.predict(x_test[chosen : chosen + 1]))


def bare(axes, title):
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=9.5)


def framed(axes, row, column, height, width, colour):
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, fill=False, edgecolor=colour, linewidth=2))


def numbers(axes, values, title, colours="RdBu_r"):
    """Values as the lecture writes them: pixels with their numbers, in hundreds of the largest."""
    axes.imshow(values, cmap=colours, vmin=0 if colours == "Greys" else -1, vmax=1, alpha=0.55)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, round(100 * value), ha="center", va="center", fontsize=8)
    bare(axes, title)


# -- picture 1: each filter and its activation map
limit = np.abs(filters).max()
figure = Figure(figsize=(11, 5.2), layout="constrained")
figure.suptitle(f"Six filters of 5 x 5 give six activation maps: 16 - 5 + 1 = {maps.shape[0]} pixels wide")
left, right = figure.subfigures(1, 2, width_ratios=(1, 3.4))
axes = left.subplots()
axes.imshow(image[..., 0], cmap="gray_r")
framed(axes, 0, 0, 5, 5, "#c0392b")
bare(axes, "the image; each filter slides over it")
rows = right.subplots(3, 6)
for i in range(6):
    rows[0, i].imshow(filters[..., i], cmap="RdBu_r", vmin=-limit, vmax=limit)
    bare(rows[0, i], f"filter {i + 1}")
    rows[1, i].imshow(maps[..., i], cmap="viridis")
    bare(rows[1, i], "activation map")
    row, column = np.unravel_index(maps[..., i].argmax(), maps.shape[:2])
    framed(rows[1, i], row, column, 1, 1, "#ff9f1c")
    rows[2, i].imshow(image[..., 0], cmap="gray_r")
    framed(rows[2, i], row, column, 5, 5, "#ff9f1c")
    bare(rows[2, i], "its best place")
figure.savefig(OUTPUT / "filters.png", dpi=110)

# -- picture 2: multiplication and summation, where the filter fits best, and where it fits worst
best = int(maps.max(axis=(0, 1)).argmax())
before_relu = np.array(
    [[np.sum(image[r : r + 5, c : c + 5, 0] * filters[..., best]) for c in range(12)] for r in range(12)]
)
np.testing.assert_allclose(  # the layer does just this, adds its bias, and cuts off what is negative
    np.maximum(before_relu + model.get_layer("filters").get_weights()[1][best], 0), maps[..., best], atol=1e-5
)
figure = Figure(figsize=(11, 6), layout="constrained")
figure.suptitle(f"Filter {best + 1} as a template: the better its receptive field fits, the larger the sum")
places = (("the best place", before_relu.argmax()), ("the worst place", before_relu.argmin()))
for line, (name, where) in zip(figure.subplots(2, 4), places):
    row, column = np.unravel_index(where, before_relu.shape)
    field = image[row : row + 5, column : column + 5, 0]
    line[0].imshow(image[..., 0], cmap="gray_r")
    framed(line[0], row, column, 5, 5, "#c0392b")
    bare(line[0], name)
    numbers(line[1], field, "pixels of the receptive field", "Greys")
    numbers(line[2], filters[..., best] / limit, "times the pixels of the filter")
    numbers(line[3], field * filters[..., best] / limit, f"gives a sum of {100 * before_relu[row, column] / limit:.0f}")
figure.savefig(OUTPUT / "receptive_field.png", dpi=110)

# -- picture 3: receptive fields grow with depth; the gradient of one unit says which pixels it sees
fields = {
    "a unit of the first maps": model.get_layer("filters").output[:, 5, 5, :],
    "a unit after the pooling": model.layers[1].output[:, 3, 3, :],
    "a unit of the second maps": model.get_layer("deeper").output[:, 2, 2, :],
    "a score": model.output[:, :1],
}
figure = Figure(figsize=(11, 3.4), layout="constrained")
figure.suptitle("The deeper the layer, the larger the receptive field: which pixels a unit's value depends on")
for axes, (name, of) in zip(figure.subplots(1, len(fields)), fields.items()):
    gradient = K.function([model.input], K.gradients(K.sum(of), model.input))
    seen = np.abs(np.concatenate([gradient([x_test[i : i + 60]])[0] for i in range(0, 360, 60)])).sum(axis=0)[..., 0]
    rows_seen, columns_seen = np.nonzero(seen > 0)
    height, width = np.ptp(rows_seen) + 1, np.ptp(columns_seen) + 1
    axes.imshow(image[..., 0], cmap="gray_r", alpha=0.6)
    axes.imshow(np.ma.masked_equal(seen / seen.max(), 0), cmap="Oranges", alpha=0.55, vmin=-0.3)
    framed(axes, rows_seen.min(), columns_seen.min(), height, width, "#c0392b")
    bare(axes, f"{name}\nsees {height} x {width} pixels")
    print(f"{name} sees {height} x {width} pixels")
figure.savefig(OUTPUT / "receptive_fields_grow.png", dpi=110)
print(
    "pictures:",
    *((OUTPUT / name).resolve() for name in ("filters.png", "receptive_field.png", "receptive_fields_grow.png")),
)
