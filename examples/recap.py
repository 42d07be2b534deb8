"""The lecture's "RECAP 4": a two-layer network, its graph written by hand, trained on handwritten digits.

Between the two rules below stand the lecture's statements, unchanged. Before them comes what the lecture
leaves out: the data (scikit-learn's 1797 digits), the constants and `next_batch`; after them, the accuracy on
test data and two pictures. Needs the extra [examples]; `python3 dev.py recap` installs it.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import graphflow as tf
from graphflow import viz

# Of the initial weights and of the batches, so that every run prints the same. With this seed no hidden unit
# ever comes so near to zero that rounding could decide its gradient, so other machines print the same too.
SEED = 36
B = 32             # examples in a batch
H = 32             # units in the hidden layer
E = 15             # epochs
A = 0.3            # learning rate

digits = load_digits()
n_classes = len(digits.target_names)
x_train, x_test, y_train, y_test = train_test_split(
    digits.data.astype(np.float32) / 16.0,                      # 8x8 pixels of 0..16, as rows of 64 in 0..1
    np.eye(n_classes, dtype=np.float32)[digits.target],         # one-hot labels
    test_size=0.2, random_state=0)
N, D = x_train.shape

batch_rows = np.random.RandomState(SEED)


def next_batch(size, images, labels):
    """A batch of `size` different examples, drawn at random."""
    rows = batch_rows.choice(len(images), size, replace=False)
    return images[rows], labels[rows]


tf.set_random_seed(SEED)

# ----------------------------------------------------------------------------------------------------------
# Build the computational graph
x = tf.placeholder(tf.float32, shape=(B, D))
y = tf.placeholder(tf.float32, shape=(B, n_classes))
alpha = tf.placeholder(tf.float32, shape=())
w1 = tf.Variable(tf.truncated_normal((D, H), stddev = 0.1))
b1 = tf.Variable(tf.constant(0.0, shape=[H]))
w2 = tf.Variable(tf.truncated_normal((H, n_classes), stddev = 0.1))
b2 = tf.Variable(tf.constant(0.0, shape=[n_classes]))

h = tf.maximum(tf.matmul(x, w1) + b1, 0.0)
y_pred = tf.sigmoid(tf.matmul(h, w2) + b2)
diff = y_pred - y
loss = tf.reduce_mean(tf.reduce_sum(diff ** 2, axis=1))
grad_w1, grad_b1, grad_w2, grad_b2 = tf.gradients(loss, [w1, b1, w2, b2])

new_w1 = w1.assign(w1 - alpha * grad_w1)
new_b1 = b1.assign(b1 - alpha * grad_b1)
new_w2 = w2.assign(w2 - alpha * grad_w2)
new_b2 = b2.assign(b2 - alpha * grad_b2)
updates = tf.group(new_w1, new_b1, new_w2, new_b2)

# Run the computational graph
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    J = []
    for epoch in range(E):
        J_epoch = 0.0
        for _ in range(int(N/B)): # number of batches to visit for 1 epoch
            x_train_batch, y_train_batch = next_batch(B, x_train, y_train)
            values = { x: x_train_batch, y: y_train_batch, alpha: A}
            loss_val = sess.run([loss, updates], feed_dict=values)
            J_epoch += loss_val[0]
        J.append(J_epoch)
        print("epoch", epoch, J_epoch)

    # now retrieve the weights and bias out of the computational graph
    w1_trained, b1_trained, w2_trained, b2_trained = sess.run([w1, b1, w2, b2])
# ----------------------------------------------------------------------------------------------------------

# The placeholders hold exactly B rows, so the test set goes through the trained weights in NumPy. The sigmoid
# keeps the order of the scores, so the largest score names the digit without it.
hidden = np.maximum(x_test @ w1_trained + b1_trained, 0.0)
scores = hidden @ w2_trained + b2_trained
accuracy = np.mean(np.argmax(scores, axis=1) == np.argmax(y_test, axis=1))
print(f"test accuracy {accuracy:.1%} on {len(x_test)} digits")

output = Path("recap_output")
output.mkdir(exist_ok=True)

figure = Figure(figsize=(6, 4), layout="constrained")
axes = figure.subplots()
axes.plot(range(E), J)
axes.set(title="RECAP 4 on handwritten digits", xlabel="epoch", ylabel="loss, sum over the batches")
figure.savefig(output / "loss.png", dpi=120)

viz.save_svg(tf.get_default_graph(), str(output / "graph.svg"))

print("loss curve:", (output / "loss.png").resolve())
print("graph:     ", (output / "graph.svg").resolve())
