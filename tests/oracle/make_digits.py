"""Writes fixtures/digits.npz: scikit-learn's 1797 handwritten digits, where the judge's Python can read them.

python -m tests.oracle.make_digits
"""

import os

import numpy as np
from sklearn.datasets import load_digits

from tests.oracle import harness


def main():
    digits = load_digits()
    path = os.path.join(harness.FIXTURES, "digits.npz")
    np.savez_compressed(path, pixels=digits.data.astype(np.uint8), labels=digits.target.astype(np.uint8))


if __name__ == "__main__":
    main()
