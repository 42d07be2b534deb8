"""The networks of the Keras cheat sheet, defined, compiled, fitted and evaluated: three MLPs, a CNN and an LSTM.

The data come with scikit-learn, or are made here, so no network is needed. Writes a picture of the learning curves to
keras_output/. Needs the extra [examples].
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import graphflow as tf
from graphflow_keras.callbacks import EarlyStopping
from graphflow_keras.datasets import digits
from graphflow_keras.layers import LSTM, Activation, Conv2D, Dense, Dropout, Embedding, Flatten, MaxPooling2D
from graphflow_keras.models import Sequential, load_model
from graphflow_keras.optimizers import RMSprop
from graphflow_keras.preprocessing import sequence
from graphflow_keras.utils import to_categorical

OUTPUT = Path("keras_output")
OUTPUT.mkdir(exist_ok=True)
np.random.seed(7)
tf.set_random_seed(7)
histories = {}


def standardized(x_train, x_test):
    """Both with the mean and the deviation of the training set taken out."""
    scaler = StandardScaler().fit(x_train)
    return scaler.transform(x_train), scaler.transform(x_test)


# -- multilayer perceptron: binary classification (is a tumour benign?)
data = load_breast_cancer()
x_train, x_test, y_train, y_test = train_test_split(data.data[:, :8], data.target, test_size=0.33, random_state=42)
x_train, x_test = standardized(x_train, x_test)

model = Sequential()
model.add(Dense(12, input_dim=8, kernel_initializer="uniform", activation="relu"))
model.add(Dense(8, kernel_initializer="uniform", activation="relu"))
model.add(Dense(1, kernel_initializer="uniform", activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
fitted = model.fit(x_train, y_train, epochs=40, batch_size=32, verbose=0, validation_data=(x_test, y_test))
accuracy = model.evaluate(x_test, y_test, batch_size=32, verbose=0)[1]
histories[f"binary MLP, tumours\naccuracy {accuracy:.1%}"] = fitted.history
print("first predictions:", model.predict_classes(x_test[:8]).ravel(), "true:", y_test[:8])

# -- multilayer perceptron: multi-class classification (which digit?)
num_classes = 10
(images, labels), (test_images, test_labels) = digits.load_data()
Y_train, Y_test = to_categorical(labels, num_classes), to_categorical(test_labels, num_classes)
x_train, x_test = (x.reshape(len(x), -1).astype("float32") / 255 for x in (images, test_images))

model = Sequential()
model.add(Dense(512, activation="relu", input_shape=(64,)))
model.add(Dropout(0.2))
model.add(Dense(512, activation="relu"))
model.add(Dropout(0.2))
model.add(Dense(num_classes, activation="softmax"))
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
fitted = model.fit(x_train, Y_train, epochs=10, batch_size=32, verbose=0, validation_data=(x_test, Y_test))
accuracy = model.evaluate(x_test, Y_test, verbose=0)[1]
histories[f"multi-class MLP, digits\naccuracy {accuracy:.1%}"] = fitted.history

# -- multilayer perceptron: regression (how does an illness go on?)
data = load_diabetes()
train_data, test_data, y_train, y_test = train_test_split(data.data, data.target / 100, test_size=0.33, random_state=42)
train_data, test_data = standardized(train_data, test_data)

model = Sequential()
model.add(Dense(64, activation="relu", input_dim=train_data.shape[1]))
model.add(Dense(1))
model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
stopping = EarlyStopping(patience=2)
fitted = model.fit(
    train_data,
    y_train,
    epochs=60,
    batch_size=32,
    verbose=0,
    validation_data=(test_data, y_test),
    callbacks=[stopping],
)
error = model.evaluate(test_data, y_test, verbose=0)[1]
histories[f"regression MLP, diabetes\nmean error {error:.2f}, stopped early"] = fitted.history

# -- convolutional network, on the digits in a frame of zeros: 8 x 8 is too small for its two poolings
x_train, x_test = (np.pad(x, ((0, 0), (2, 2), (2, 2)))[..., np.newaxis] / 255.0 for x in (images, test_images))

model2 = Sequential()
model2.add(Conv2D(32, (3, 3), padding="same", input_shape=x_train.shape[1:]))
model2.add(Activation("relu"))
model2.add(Conv2D(32, (3, 3)))
model2.add(Activation("relu"))
model2.add(MaxPooling2D(pool_size=(2, 2)))
model2.add(Dropout(0.25))
model2.add(Conv2D(64, (3, 3), padding="same"))
model2.add(Activation("relu"))
model2.add(Conv2D(64, (3, 3)))
model2.add(Activation("relu"))
model2.add(MaxPooling2D(pool_size=(2, 2)))
model2.add(Dropout(0.25))
model2.add(Flatten())
model2.add(Dense(512))
model2.add(Activation("relu"))
model2.add(Dropout(0.5))
model2.add(Dense(num_classes))
model2.add(Activation("softmax"))
model2.compile(loss="categorical_crossentropy", optimizer=RMSprop(lr=0.001, decay=1e-6), metrics=["accuracy"])
fitted = model2.fit(x_train, Y_train, epochs=4, batch_size=32, verbose=0, validation_data=(x_test, Y_test))
accuracy = model2.evaluate(x_test, Y_test, verbose=0)[1]
histories[f"CNN, digits\naccuracy {accuracy:.1%}"] = fitted.history

# -- recurrent network: which of two words came last? (a stand-in for the reviews of films)
words = np.random.RandomState(0)
texts = [list(words.randint(3, 50, words.randint(5, 25))) for _ in range(1500)]
liked = words.randint(0, 2, len(texts))
for text, label in zip(texts, liked):
    first, last = sorted(words.choice(len(text), 2, replace=False))
    text[first], text[last] = 1 + (1 - label), 1 + label  # word 2 is praise, word 1 blame
x_train4, x_test4, y_train4, y_test4 = train_test_split(texts, liked, test_size=0.33, random_state=42)
x_train4, x_test4 = (sequence.pad_sequences(x, maxlen=25) for x in (x_train4, x_test4))

model3 = Sequential()
model3.add(Embedding(50, 32))
model3.add(LSTM(64, dropout=0.2, recurrent_dropout=0.2))
model3.add(Dense(1, activation="sigmoid"))
model3.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
fitted = model3.fit(x_train4, y_train4, batch_size=32, epochs=12, verbose=0, validation_data=(x_test4, y_test4))
accuracy = model3.evaluate(x_test4, y_test4, batch_size=32, verbose=0)[1]
histories[f"LSTM, word order\naccuracy {accuracy:.1%}"] = fitted.history

# -- save and reload
model3.save(str(OUTPUT / "model_file.h5"))
my_model = load_model(str(OUTPUT / "model_file.h5"))
same = np.array_equal(my_model.predict(x_test4, batch_size=32), model3.predict(x_test4, batch_size=32))
print("the reloaded model predicts the same:", same)
assert same

figure = Figure(figsize=(13, 3.4), layout="constrained")
for axes, (title, history) in zip(figure.subplots(1, len(histories)), histories.items()):
    print(title.replace("\n", ": "))
    for name, label in (("loss", "training"), ("val_loss", "test")):
        axes.plot(range(1, len(history[name]) + 1), history[name], label=label)
    axes.set(title=title, xlabel="epoch", ylim=(0, None))
    axes.title.set_fontsize(9.5)
    axes.grid(alpha=0.3)
figure.axes[0].set_ylabel("loss")
figure.axes[0].legend()
figure.savefig(OUTPUT / "cheat_sheet.png", dpi=110)
print("picture:", (OUTPUT / "cheat_sheet.png").resolve())
