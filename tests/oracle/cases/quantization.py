"""Fake quantisation, quantize and dequantize."""

from tests.oracle.harness import case, floats

X = floats(4, 3, seed=1, low=-8, high=8)


def of_args(**how):
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        return tf.quantization.fake_quant_with_min_max_args(x, **how)

    return build


RANGES = {
    "default": {},
    "positive": {"min": 0.0, "max": 5.0},
    "above_zero": {"min": 1.0, "max": 5.0},
    "below_zero": {"min": -5.0, "max": -1.0},
    "few_bits": {"min": -3.3, "max": 4.7, "num_bits": 3},
    "narrow": {"min": -2.1, "max": 6.3, "num_bits": 4, "narrow_range": True},
}
for label, how in RANGES.items():
    case(name="args_" + label, feeds={"x": X}, grads=True)(of_args(**how))


def of_vars(channel, low, high, **how):
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        low_ = tf.placeholder(tf.float32, [3] if channel else [], name="low")
        high_ = tf.placeholder(tf.float32, [3] if channel else [], name="high")
        if channel:
            return tf.quantization.fake_quant_with_min_max_vars_per_channel(x, low_, high_, **how)
        return tf.quantization.fake_quant_with_min_max_vars(x, low_, high_, **how)

    return build


for label, low, high, how in (
    ("wide", -7.5, 7.1, {}),
    ("cut", -2.2, 3.1, {"num_bits": 4}),
    ("zero", 0.0, 0.0, {}),
    ("narrow", -1.0, 6.0, {"narrow_range": True, "num_bits": 2}),
):
    case(name="vars_" + label, feeds={"x": X, "low": low, "high": high}, grads=True)(
        of_vars(False, low, high, **how)
    )
    lows, highs = [low, low / 2, -1.0], [high, high * 2, 2.0]
    case(name="channels_" + label, feeds={"x": X, "low": lows, "high": highs}, grads=True)(
        of_vars(True, lows, highs, **how)
    )


@case(feeds={"x": X, "g": floats(4, 3, seed=5)})
def gradients_alone(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    g = tf.placeholder(tf.float32, [None, 3], name="g")
    return {
        "args": tf.fake_quant_with_min_max_args_gradient(g, x, -2.0, 3.0),
        "vars": tf.fake_quant_with_min_max_vars_gradient(g, x, -2.0, 3.0)._asdict(),
        "channels": list(
            tf.fake_quant_with_min_max_vars_per_channel_gradient(g, x, [-2.0, -1.0, 0.0], [3.0, 1.0, 4.0])
        ),
    }


def there_and_back(**how):
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        return tf.quantization.quantize_and_dequantize(x, -3.0, 5.0, **how)

    return build


for label, how in {
    "default": {},
    "given": {"range_given": True},
    "unsigned": {"signed_input": False, "range_given": True},
    "few_bits": {"num_bits": 3},
    "half_up": {"num_bits": 4, "round_mode": "HALF_UP", "range_given": True},
    "narrow": {"num_bits": 4, "narrow_range": True, "range_given": True},
}.items():
    case(name="there_and_back_" + label, feeds={"x": X}, grads=True)(there_and_back(**how))


def whole(kind, mode, low=-4.0, high=6.0, **how):
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        q = tf.quantization.quantize(x, low, high, getattr(tf, kind), mode=mode, **how)
        back = tf.quantization.dequantize(q.output, q.output_min, q.output_max, mode=mode)
        return {"low": q.output_min, "high": q.output_max, "back": back}

    return build


for kind in ("quint8", "qint8"):
    for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED"):
        case(name="whole_%s_%s" % (kind, mode.lower()), feeds={"x": X})(whole(kind, mode))
case(name="whole_even", feeds={"x": X})(whole("qint8", "SCALED", round_mode="HALF_TO_EVEN"))
case(name="whole_positive", feeds={"x": X})(whole("quint8", "MIN_COMBINED", 1.0, 7.0))
case(name="wrong_mode", raises=True)(lambda tf: tf.quantization.quantize([1.0], 0.0, 1.0, tf.quint8, mode="OTHER"))
