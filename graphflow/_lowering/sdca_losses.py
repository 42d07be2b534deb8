"""The losses of dual coordinate ascent: each with the dual variable that is best for one example, the others held.

With f the loss of an example of label y and weight c, a its dual variable and q = |x|^2 / l2 what its own change adds to its
prediction w x, the best a maximizes -f*(-a) - a (w x) - c q (a - a_old)^2 / 2; `q` below has the weight and the number of
partitions in it.

Source: Shalev-Shwartz, Zhang, "Proximal stochastic dual coordinate ascent" (2012), https://arxiv.org/abs/1211.2717; Ma et al.,
"Adding vs. averaging in distributed primal-dual optimization" (2015), https://arxiv.org/abs/1502.03508.
"""

from __future__ import annotations

import math

_NEWTON_STEPS = 10  # it converges quadratically
_LARGEST = float(2**127 * (2 - 2**-23))  # of float32: an impossible dual variable


class Squared:
    """(w x - y)^2 / 2."""

    smoothness = 1.0

    def label(self, y):
        """The label as the loss takes it.

        Raises:
            ValueError: there is no such label.
        """
        return y

    def best_dual(self, y, a, wx, q):
        """The best dual variable, where the old one is `a`."""
        return a + (y - a - wx) / (1 + q)

    def dual(self, a, y):
        """The loss in the dual problem."""
        return a * (0.5 * a - y)

    def primal(self, wx, y):
        """The loss."""
        return 0.5 * (wx - y) ** 2

    def slope(self, wx, y):
        """Its derivative."""
        return wx - y


class _OfTwoClasses:
    def label(self, y):
        if y not in (0.0, 1.0):
            raise ValueError(f"Only labels of 0.0 or 1.0 are supported right now. Found example with label: {y:g}")
        return 2.0 * y - 1.0


class Hinge(_OfTwoClasses):
    """max(0, 1 - y w x), y being 1 or -1."""

    smoothness = 0.0

    def best_dual(self, y, a, wx, q):
        return _within(y, a + (y - wx) / q) if q else (y if y * wx < 1 else a)

    def dual(self, a, y):
        return -a * y if 0 <= a * y <= 1 else _LARGEST

    def primal(self, wx, y):
        return max(0.0, 1 - y * wx)

    def slope(self, wx, y):
        return -y if y * wx < 1 else 0.0


class SmoothHinge(_OfTwoClasses):
    """The hinge loss with a quadratic corner of width 1."""

    smoothness = 1.0

    def best_dual(self, y, a, wx, q):
        return _within(y, a + (y - wx - a) / (q + 1))

    def dual(self, a, y):
        return -a * y + 0.5 * a * a if 0 <= a * y <= 1 else _LARGEST

    def primal(self, wx, y):
        away = 1 - y * wx
        return 0.0 if away <= 0 else away - 0.5 if away >= 1 else 0.5 * away * away

    def slope(self, wx, y):
        return 0.0 if y * wx >= 1 else -y if y * wx <= 0 else wx - y


def _within(y, a):
    return 0.0 if y * a < 0 else y if y * a > 1 else a


class Logistic(_OfTwoClasses):
    """log(1 + exp(-y w x)), y being 1 or -1."""

    smoothness = 4.0

    def best_dual(self, y, a, wx, q):
        # In x with a = y (1 + tanh x) / 2, which keeps a within its bounds.
        x = 0.0
        for _ in range(_NEWTON_STEPS):
            t = math.tanh(x)
            value = -2 * y * x - wx - q * (0.5 * (1 + t) * y - a)
            x -= value / (-2 * y - q * 0.5 * (1 - t * t) * y)
        return 0.5 * (1 + math.tanh(x)) * y

    def dual(self, a, y):
        share = a * y
        return _entropy(share) + _entropy(1 - share)

    def primal(self, wx, y):
        margin = y * wx
        return math.log1p(math.exp(-abs(margin))) + max(0.0, -margin)

    def slope(self, wx, y):
        margin = y * wx
        return -y * (math.exp(-margin) / (1 + math.exp(-margin)) if margin > 0 else 1 / (1 + math.exp(margin)))


class Poisson:
    """exp(w x) - y w x, the logarithm of a Poisson distribution's chance of y, without what does not depend on w."""

    smoothness = 1.0

    def label(self, y):
        if y < 0:
            raise ValueError(
                f"Only non-negative labels can be used with the Poisson log loss. Found example with label: {y:g}"
            )
        return y

    def best_dual(self, y, a, wx, q):
        # In x with a = y - exp x.
        left = y - a
        x = math.log(left) if left > 0 else 0.0
        for _ in range(_NEWTON_STEPS):
            e = math.exp(x)
            x -= (x - wx - q * (left - e)) / (1 + q * e)
        return y - math.exp(x)

    def dual(self, a, y):
        left = y - a
        return _LARGEST if left < 0 else left * (math.log(left) - 1) if left else 0.0

    def primal(self, wx, y):
        return math.exp(wx) - wx * y

    def slope(self, wx, y):
        return math.exp(wx) - y


def _entropy(share):
    return share * math.log(share) if share > 0 else 0.0


BY_NAME = {
    b"squared_loss": Squared(), b"hinge_loss": Hinge(), b"smooth_hinge_loss": SmoothHinge(), b"logistic_loss": Logistic(),
    b"poisson_loss": Poisson(),
}  # fmt: skip
