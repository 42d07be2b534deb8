"""Fractional pooling: windows drawn from TensorFlow's random stream."""

from tests.oracle.harness import case, floats

IMAGE = floats(2, 13, 11, 2, seed=2)


def pooled(kind, shape, ratio, **how):
    def build(tf):
        x = tf.placeholder(tf.float32, shape, name="x")
        found = getattr(tf.nn, "fractional_%s_pool" % kind)(x, ratio, **how)
        return dict(found._asdict())

    return build


for kind in ("max", "avg"):
    for evenly in (False, True):
        for overlapping in (False, True):
            label = "%s_%s_%s" % (kind, "even" if evenly else "shuffled", "overlapping" if overlapping else "apart")
            case(name=label, feeds={"x": IMAGE}, grads=True, graph=False, rtol=1e-5, atol=1e-5)(
                pooled(
                    kind, [2, 13, 11, 2], [1.0, 1.44, 1.73, 1.0], pseudo_random=evenly, overlapping=overlapping,
                    deterministic=True, seed=3, seed2=9,
                )
            )
    case(name=kind + "_unsized", feeds={"x": IMAGE}, grads=kind == "max")(
        pooled(kind, None, [1.0, 2.3, 3.1, 1.0], pseudo_random=True, deterministic=True, seed=5)
    )
    case(name=kind + "_wants_determinism", raises=True)(
        lambda tf, kind=kind: pooled(kind, [1, 4, 4, 1], [1.0, 1.5, 1.5, 1.0], seed=3)(tf)
    )
