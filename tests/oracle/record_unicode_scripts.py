"""Asks the judge for the script of every character and writes `graphflow/_lowering/unicode_scripts.txt`.

    python3.7 -m tests.oracle.record_unicode_scripts

Run from the repository's root, in a Python that has TensorFlow 1.15.5.
"""

import os

import numpy as np
import tensorflow as tf

PATH = os.path.join("graphflow", "_lowering", "unicode_scripts.txt")
HEAD = (
    "# The first code point of each run of characters of one script (Unicode 12, by ICU's numbers), in hexadecimal, "
    "and the script.\n"
)


def main():
    codes = tf.placeholder(tf.int32, [None])
    with tf.Session() as session:
        scripts = session.run(tf.strings.unicode_script(codes), {codes: np.arange(0x110000)})
    starts = np.flatnonzero(np.diff(scripts, prepend=-1))
    with open(PATH, "w") as file:
        file.write(HEAD + "".join("%x %d\n" % (start, scripts[start]) for start in starts))


if __name__ == "__main__":
    main()
