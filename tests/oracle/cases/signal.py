"""tf.signal: frames, windows, short-time Fourier transforms, cosine transforms, the mel scale."""

from tests.oracle.harness import case, floats

WAVE = floats(2, 40, seed=3)


def framed(shape, length, step, axis=-1, **how):
    def build(tf):
        x = tf.placeholder(tf.float32, shape, name="x")
        return tf.signal.frame(x, length, step, axis=axis, **how)

    return build


FRAMES = {
    "plain": ([2, 40], WAVE, 8, 4, {}),
    "apart": ([2, 40], WAVE, 3, 7, {}),
    "first_axis": ([40, 2], WAVE.T, 8, 3, {"axis": 0}),
    "middle_axis": ([3, 10, 2], floats(3, 10, 2), 4, 2, {"axis": 1}),
    "padded": ([2, 40], WAVE, 16, 7, {"pad_end": True, "pad_value": 0.5}),
    "unsized": ([None, None], WAVE, 8, 4, {}),
    "unsized_padded": ([None, None], WAVE, 9, 4, {"pad_end": True}),
    "of_one": ([40], WAVE[0], 6, 6, {"pad_end": True}),
    "too_short": ([5], WAVE[0, :5], 6, 2, {}),
}
for label, (shape, x, length, step, how) in FRAMES.items():
    case(name="frames_" + label, feeds={"x": x}, grads=label not in ("too_short",))(framed(shape, length, step, **how))


@case(feeds={"x": WAVE, "length": 6, "step": 4}, grads=True, graph=False)
def frames_of_fed_length(tf):
    x = tf.placeholder(tf.float32, [2, 40], name="x")
    length = tf.placeholder(tf.int32, [], name="length")
    step = tf.placeholder(tf.int32, [], name="step")
    return tf.signal.frame(x, length, step)


def put_together(shape, step):
    def build(tf):
        x = tf.placeholder(tf.float32, shape, name="x")
        return tf.signal.overlap_and_add(x, step)

    return build


for label, shape, step in (
    ("half", [3, 6], 3),
    ("odd", [2, 4, 5], 2),
    ("touching", [2, 4, 5], 5),
    ("apart", [4, 3], 5),
    ("long", [5, 7], 1),
):
    x = floats(*shape)
    case(name="overlap_" + label, feeds={"x": x}, grads=True)(put_together(shape, step))
    if label != "apart":
        case(name="overlap_unsized_" + label, feeds={"x": x}, grads=True)(put_together([None] * len(shape), step))


@case()
def windows(tf):
    found = {}
    for make in (tf.signal.hann_window, tf.signal.hamming_window):
        for size in (1, 2, 7, 8):
            found["%s_%d" % (make.__name__, size)] = make(size)
        found[make.__name__ + "_symmetric"] = make(8, periodic=False)
        found[make.__name__ + "_double"] = make(9, dtype=tf.float64)
    return found


@case(feeds=[{"n": 8}, {"n": 1}], graph=False)
def windows_of_fed_length(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    return tf.signal.hann_window(n)


def spectrogram(shape, **how):
    def build(tf):
        x = tf.placeholder(tf.float32, shape, name="x")
        return tf.signal.stft(x, **how)

    return build


STFTS = {
    "plain": ([2, 40], {"frame_length": 16, "frame_step": 8}),
    "unsized": ([None, None], {"frame_length": 16, "frame_step": 8}),
    "other_length": ([2, 40], {"frame_length": 12, "frame_step": 5, "fft_length": 20}),
    "no_window": ([2, 40], {"frame_length": 10, "frame_step": 5, "window_fn": None}),
    "padded": ([2, 40], {"frame_length": 16, "frame_step": 7, "pad_end": True}),
}
for label, (shape, how) in STFTS.items():
    case(name="stft_" + label, feeds={"x": WAVE}, grads=True, rtol=1e-4, atol=1e-5)(spectrogram(shape, **how))


@case(feeds={"x": WAVE}, grads=True, rtol=1e-4, atol=1e-5)
def there_and_back(tf):
    x = tf.placeholder(tf.float32, [2, 40], name="x")
    there = tf.signal.stft(x, 16, 4, fft_length=16)
    back = tf.signal.inverse_stft(
        there, 16, 4, fft_length=16, window_fn=tf.signal.inverse_stft_window_fn(4)
    )
    return {"back": back, "plain": tf.signal.inverse_stft(there, 16, 4, window_fn=None)}


@case(feeds={"x": WAVE}, rtol=1e-4, atol=1e-5)
def back_to_other_lengths(tf):
    x = tf.placeholder(tf.float32, [2, None], name="x")
    there = tf.contrib.signal.stft(x, 12, 6, fft_length=16)
    return {
        "shorter": tf.signal.inverse_stft(there, 12, 6, fft_length=16),
        "longer": tf.signal.inverse_stft(there, 20, 6, fft_length=16),
    }


def cosine(kind, shape, inverse=False, **how):
    def build(tf):
        x = tf.placeholder(tf.float32, shape, name="x")
        if inverse:
            return tf.signal.idct(x, type=kind, **how)
        return tf.signal.dct(x, type=kind, **how)

    return build


for kind in (1, 2, 3):
    for norm in (None, "ortho"):
        if kind == 1 and norm:
            continue
        for inverse in (False, True):
            label = "%scosine_%d_%s" % ("inverse_" if inverse else "", kind, norm or "plain")
            case(name=label, feeds={"x": floats(2, 6)}, grads=True, rtol=1e-4, atol=1e-5)(
                cosine(kind, [2, 6], inverse, norm=norm)
            )
    for n in (4, 9):
        case(name="cosine_%d_of_%d" % (kind, n), feeds={"x": floats(2, 6)}, grads=True, rtol=1e-4, atol=1e-5)(
            cosine(kind, [2, 6], n=n)
        )
case(name="cosine_2_unsized", feeds={"x": floats(2, 6)}, grads=True, rtol=1e-4, atol=1e-5)(
    cosine(2, [None, None], norm="ortho")
)
case(name="cosine_3_unsized", feeds={"x": floats(2, 6)}, grads=True, rtol=1e-4, atol=1e-5)(
    cosine(3, [None, None], norm="ortho")
)
case(name="cosine_of_another_axis", raises=True)(lambda tf: tf.signal.dct(tf.ones([2, 3]), norm="other"))
case(name="cosine_of_type_4", raises=True)(lambda tf: tf.spectral.dct(tf.ones([2, 3]), type=4))


@case(rtol=1e-4, atol=1e-5)
def mel_matrices(tf):
    return {
        "default": tf.signal.linear_to_mel_weight_matrix(),
        "speech": tf.signal.linear_to_mel_weight_matrix(10, 33, 16000.0, 80.0, 7600.0),
        "double": tf.signal.linear_to_mel_weight_matrix(4, 17, tf.constant(8000), 100.0, 3000.0, tf.float64),
    }


case(name="mel_edges", raises=True)(lambda tf: tf.signal.linear_to_mel_weight_matrix(upper_edge_hertz=5000.0))


@case(feeds={"x": WAVE}, grads=True, rtol=1e-3, atol=1e-4)
def coefficients_of_speech(tf):
    x = tf.placeholder(tf.float32, [2, None], name="x")
    spectrograms = tf.abs(tf.signal.stft(x, frame_length=16, frame_step=8, fft_length=16)) + 0.1
    matrix = tf.signal.linear_to_mel_weight_matrix(5, 9, 8000, 80.0, 3600.0)
    mel = tf.tensordot(spectrograms, matrix, 1)
    mel.set_shape(spectrograms.shape[:-1].concatenate(matrix.shape[-1:]))
    return tf.signal.mfccs_from_log_mel_spectrograms(tf.log(mel + 0.5))[..., :3]
