"""Images, sequences and texts made ready: the same numbers for the same seeds."""

import os
import random
import tempfile

import numpy as np

from tests.oracle.harness import floats, integers, keras_script

SEQUENCES = [[1, 2, 3], [4, 5], [6], [], [7, 8, 9, 10, 11]]
TEXTS = ["The cat sat on the mat.", "The dog\tsat on the log!", "Dogs and cats -- living together; mass hysteria?"]

PADDED = {
    "defaults": dict(),
    "maxlen": dict(maxlen=3),
    "longer": dict(maxlen=7, value=-1.0),
    "post": dict(maxlen=3, padding="post"),
    "truncating_post": dict(maxlen=2, truncating="post"),
    "both_post": dict(maxlen=4, padding="post", truncating="post"),
    "float32": dict(dtype="float32", value=0.5),
    "int64": dict(dtype="int64", maxlen=1),
}


def _pad(options):
    return lambda keras: {"y": keras.preprocessing.sequence.pad_sequences(SEQUENCES, **options)}


for name, options in PADDED.items():
    keras_script("pad_sequences_" + name)(_pad(options))


@keras_script()
def pad_sequences_of_vectors_and_words(keras):
    pad = keras.preprocessing.sequence.pad_sequences
    vectors = [floats(2, 3), floats(4, 3, seed=1), floats(1, 3, seed=2)]
    words = [["a", "b"], ["c"]]
    return {
        "vectors": pad(vectors, maxlen=3, dtype="float32"),
        "words": pad(words, dtype=object, value="-", padding="post"),
    }


BAD_PADS = {
    "no_list": (3, {}),
    "no_lists": ([1, 2], {}),
    "side": ([[1], [2, 3]], dict(padding="middle")),
    "truncating": ([[1], [2, 3]], dict(truncating="middle", maxlen=1)),
    "shapes": ([[[1, 2]], [[1, 2, 3]]], {}),
    "text_in_ints": ([[1]], dict(value="x")),
}


def _bad_pad(sequences, options):
    return lambda keras: keras.preprocessing.sequence.pad_sequences(sequences, **options)


for name, (sequences, options) in BAD_PADS.items():
    keras_script("pad_sequences_refuses_" + name, raises=True)(_bad_pad(sequences, options))


@keras_script()
def sampling_tables(keras):
    table = keras.preprocessing.sequence.make_sampling_table
    return {"default": table(50), "other": table(20, sampling_factor=1e-3)}


SKIPGRAMS = {
    "defaults": dict(),
    "seeded": dict(seed=3, window_size=2),
    "in_order": dict(shuffle=False),
    "categorical": dict(categorical=True, seed=5, negative_samples=0.5),
    "no_negatives": dict(negative_samples=0.0, window_size=1),
    "sampled": dict(sampling_table=np.linspace(0.2, 1.0, 12)),
}


def _skipgrams(options):
    def run(keras):
        words = [1, 4, 0, 7, 2, 2, 9, 11, 3, 0, 5]
        couples, labels = keras.preprocessing.sequence.skipgrams(words, 12, **options)
        return {"couples": np.array(couples), "labels": np.array(labels), "state": random.random()}

    return run


for name, options in SKIPGRAMS.items():
    keras_script("skipgrams_" + name)(_skipgrams(options))


TIMESERIES = {
    "plain": dict(length=3, batch_size=4),
    "sampled": dict(length=6, sampling_rate=2, batch_size=3),
    "strided": dict(length=3, stride=2, batch_size=2),
    "reversed": dict(length=4, reverse=True, batch_size=8),
    "shuffled": dict(length=4, shuffle=True, batch_size=5),
    "part": dict(length=3, start_index=2, end_index=11, batch_size=4),
}


def _timeseries(options):
    def run(keras):
        sequence = keras.preprocessing.sequence
        batches = sequence.TimeseriesGenerator(floats(20, 2), np.arange(20), **options)
        config = batches.get_config()
        result = {"length": len(batches), "config": sorted("%s=%s" % item for item in config.items())}
        for i in range(len(batches)):
            result["x%d" % i], result["y%d" % i] = batches[i]
        return result

    return run


for name, options in TIMESERIES.items():
    keras_script("timeseries_" + name)(_timeseries(options))


@keras_script(raises=True)
def timeseries_too_short(keras):
    keras.preprocessing.sequence.TimeseriesGenerator(np.arange(5), np.arange(5), length=5)


WORDS = {
    "defaults": dict(),
    "kept_case": dict(lower=False),
    "other_filters": dict(filters="aeiou"),
    "split_by_comma": dict(split=",", filters=" "),
}


def _words(options):
    def run(keras):
        text = keras.preprocessing.text
        return {
            "words": [text.text_to_word_sequence(t, **options) for t in TEXTS][0],
            "more": text.text_to_word_sequence("one, two,,three  Four\nfive", **options),
            "hashed": text.hashing_trick(TEXTS[2], 50, hash_function="md5", **options),
            "own_hash": text.hashing_trick(TEXTS[2], 50, hash_function=len, **options),
        }

    return run


for name, options in WORDS.items():
    keras_script("words_" + name)(_words(options))


TOKENIZERS = {
    "defaults": dict(),
    "few_words": dict(num_words=5),
    "oov": dict(oov_token="<oov>"),
    "few_words_oov": dict(num_words=4, oov_token="<oov>"),
    "characters": dict(char_level=True),
    "kept_case": dict(lower=False, num_words=8),
    "own_split": dict(split="a", filters="."),
}


def _tokenizer(options):
    def run(keras):
        tokenizer = keras.preprocessing.text.Tokenizer(**options)
        tokenizer.fit_on_texts(TEXTS)
        tokenizer.fit_on_texts([["the", "cat", "Unknown"]])
        sequences = tokenizer.texts_to_sequences(TEXTS + ["a new zebra sat", ["cat", "log"]])
        config = tokenizer.get_config()
        for unordered in ("word_docs", "index_docs"):  # filled from sets of words
            config[unordered] = "".join(sorted(config[unordered]))
        result = {
            "sequences": [" ".join(map(str, s)) for s in sequences],
            "texts": tokenizer.sequences_to_texts(sequences + [[1, 99, 2]]),
            "config": sorted("%s=%s" % item for item in config.items()),
        }
        for mode in ("binary", "count", "freq", "tfidf"):
            result[mode] = tokenizer.texts_to_matrix(TEXTS + ["", "the cat the cat"], mode=mode)
        tokenizer.fit_on_sequences([[1, 2], [2, 3]])
        result["tfidf_after"] = tokenizer.sequences_to_matrix([[1, 2, 2], [3]], mode="tfidf")
        return result

    return run


for name, options in TOKENIZERS.items():
    keras_script("tokenizer_" + name)(_tokenizer(options))

BAD_TOKENIZERS = {
    "mode": lambda t: _fitted(t).texts_to_matrix(["the cat"], mode="other"),
    "unfitted": lambda t: t.sequences_to_matrix([[1]]),
    "no_documents": lambda t: t.__class__(num_words=5).sequences_to_matrix([[1]], mode="tfidf"),
}


def _fitted(tokenizer):
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def _bad_tokenizer(run):
    return lambda keras: run(keras.preprocessing.text.Tokenizer())


for name, run in BAD_TOKENIZERS.items():
    keras_script("tokenizer_refuses_" + name, raises=True)(_bad_tokenizer(run))


AFFINE = {
    "nothing": dict(),
    "turned": dict(theta=33),
    "shifted": dict(tx=1.5, ty=-2),
    "sheared": dict(shear=20),
    "zoomed": dict(zx=0.7, zy=1.3),
    "all": dict(theta=-12, tx=0.5, ty=1, shear=7, zx=1.1, zy=0.9, fill_mode="reflect"),
    "constant": dict(theta=70, fill_mode="constant", cval=3.0),
    "wrapped": dict(tx=3, fill_mode="wrap", order=0),
    "cubic": dict(theta=15, order=3),
}


def _affine(options):
    return lambda keras: {"y": keras.preprocessing.image.apply_affine_transform(floats(7, 6, 3), **options)}


for name, options in AFFINE.items():
    keras_script("affine_" + name, atol=1e-5)(_affine(options))


@keras_script(atol=1e-4)
def random_changes(keras):
    image = keras.preprocessing.image
    x = floats(8, 9, 3, low=0, high=200)
    axes = dict(row_axis=0, col_axis=1, channel_axis=2)
    return {
        "turned": image.random_rotation(x, 40, **axes),
        "shifted": image.random_shift(x, 0.3, 0.2, **axes),
        "sheared": image.random_shear(x, 25, **axes),
        "zoomed": image.random_zoom(x, (0.6, 1.4), **axes),
        "same": image.random_zoom(x, (1, 1), **axes),
        "brighter": image.random_brightness(x, (0.4, 1.6)),
        "shifted_colours": image.random_channel_shift(x, 30.0, channel_axis=2),
        "dimmed": image.apply_brightness_shift(x, 0.5),
        "colours": image.apply_channel_shift(x, -20.0, channel_axis=2),
        "state": np.random.random(),
    }


@keras_script(atol=1e-4)
def random_changes_of_channels_first(keras):
    image = keras.preprocessing.image
    x = floats(3, 8, 9)
    return {
        "turned": image.random_rotation(x, 40),
        "shifted": image.random_shift(x, 0.3, 0.2, fill_mode="constant"),
        "sheared": image.random_shear(x, 25, cval=1.0),
        "zoomed": image.random_zoom(x, (0.6, 1.4)),
        "shifted_colours": image.random_channel_shift(x, 1.0),
    }


GENERATORS = {
    "nothing": dict(),
    "rescaled": dict(rescale=1 / 255.0),
    "samplewise": dict(samplewise_center=True, samplewise_std_normalization=True),
    "featurewise": dict(featurewise_center=True, featurewise_std_normalization=True),
    "whitened": dict(zca_whitening=True, featurewise_center=True, zca_epsilon=1e-2),
    "turned": dict(rotation_range=30),
    "shifted": dict(width_shift_range=0.2, height_shift_range=0.3),
    "shifted_by_pixels": dict(width_shift_range=2.0, height_shift_range=1.0),
    "shifted_by_ints": dict(width_shift_range=3, height_shift_range=2),
    "shifted_by_choice": dict(width_shift_range=[1, 2.5], height_shift_range=[0.1, 0.2]),
    "brighter": dict(brightness_range=(0.5, 1.5)),
    "sheared": dict(shear_range=15.0, fill_mode="reflect"),
    "zoomed": dict(zoom_range=0.3),
    "zoomed_within": dict(zoom_range=[0.5, 0.9], fill_mode="constant", cval=9.0),
    "shifted_colours": dict(channel_shift_range=40.0),
    "flipped": dict(horizontal_flip=True, vertical_flip=True),
    "own_function": dict(preprocessing_function=lambda x: x[::-1] * 2.0),
    "float64": dict(dtype="float64", rotation_range=10),
    "everything": dict(
        rotation_range=20,
        width_shift_range=0.1,
        height_shift_range=0.1,
        shear_range=5.0,
        zoom_range=0.2,
        channel_shift_range=5.0,
        horizontal_flip=True,
        rescale=0.5,
    ),
}


def _generator(options):
    def run(keras):
        x, y = floats(10, 6, 5, 3, low=0, high=255), integers(10)
        generator = keras.preprocessing.image.ImageDataGenerator(**options)
        generator.fit(x)
        batches = generator.flow(x, y, batch_size=4, seed=11)
        result = {"length": len(batches)}
        for i in range(4):  # more than one round
            result["x%d" % i], result["y%d" % i] = next(batches)
        result["item_x"], result["item_y"] = batches[1]
        batches.reset()
        result["params"] = sorted("%s=%.5s" % item for item in generator.get_random_transform((6, 5, 3), seed=4).items())
        return result

    return run


for name, options in GENERATORS.items():
    keras_script("generator_" + name, atol=2e-3, rtol=1e-4)(_generator(options))


@keras_script(atol=1e-3)
def generator_fit_on_changed_images(keras):
    x = floats(6, 5, 5, 1, low=0, high=255)
    generator = keras.preprocessing.image.ImageDataGenerator(
        featurewise_center=True, featurewise_std_normalization=True, rotation_range=20
    )
    generator.fit(x, augment=True, rounds=2, seed=3)
    return {
        "mean": generator.mean,
        "std": generator.std,
        "standardized": generator.standardize(x[:2].copy()),
        "changed": generator.random_transform(x[0], seed=9),
        "chosen": generator.apply_transform(x[0], {"theta": 10, "flip_vertical": True, "zx": 0.8}),
    }


@keras_script(atol=1e-3)
def generator_channels_first(keras):
    x = floats(6, 3, 5, 4, low=0, high=255)
    generator = keras.preprocessing.image.ImageDataGenerator(
        data_format="channels_first", rotation_range=20, width_shift_range=0.2, featurewise_center=True
    )
    generator.fit(x)
    return {"mean": generator.mean, "x": next(generator.flow(x, batch_size=3, seed=2))}


@keras_script()
def flow_of_several_arrays(keras):
    generator = keras.preprocessing.image.ImageDataGenerator(validation_split=0.4)
    x, y, w = floats(10, 4, 4, 1), np.tile([0, 1], 5), np.arange(10) / 10.0
    several = next(generator.flow((x, [np.arange(10), floats(10, 2)]), y, batch_size=3, seed=1))
    weighted = next(generator.flow(x, y, sample_weight=w, batch_size=4, shuffle=False))
    parts = [next(generator.flow(x, y, subset=s, batch_size=10, seed=5)) for s in ("training", "validation")]
    return {
        "images": several[0][0],
        "numbers": several[0][1],
        "vectors": several[0][2],
        "targets": several[1],
        "weighted": list(weighted),
        "training": list(parts[0]),
        "validation": list(parts[1]),
        "alone": next(generator.flow(x, batch_size=2, seed=8)),
    }


BAD_GENERATORS = {
    "data_format": dict(data_format="sideways"),
    "zoom": dict(zoom_range=(1, 2, 3)),
    "brightness": dict(brightness_range=0.5),
    "split": dict(validation_split=1.5),
}


def _bad_generator(options):
    return lambda keras: keras.preprocessing.image.ImageDataGenerator(**options)


for name, options in BAD_GENERATORS.items():
    keras_script("generator_refuses_" + name, raises=True)(_bad_generator(options))

BAD_FLOWS = {
    "lengths": lambda g: g.flow(floats(4, 3, 3, 1), np.arange(3)),
    "weights": lambda g: g.flow(floats(4, 3, 3, 1), np.arange(4), sample_weight=np.ones(5)),
    "rank": lambda g: g.flow(floats(4, 3, 3)),
    "subset": lambda g: g.flow(floats(4, 3, 3, 1), subset="other"),
    "item": lambda g: g.flow(floats(4, 3, 3, 1))[3],
    "fit_rank": lambda g: g.fit(floats(4, 3, 3)),
}


def _bad_flow(run):
    return lambda keras: run(keras.preprocessing.image.ImageDataGenerator())


for name, run in BAD_FLOWS.items():
    keras_script("flow_refuses_" + name, raises=True)(_bad_flow(run))


@keras_script()
def images_and_arrays(keras):
    image = keras.preprocessing.image
    x = floats(4, 5, 3, low=0, high=255)
    result = {}
    for scale in (True, False):
        for name, values in (("rgb", x), ("gray", x[:, :, :1]), ("rgba", np.concatenate([x, x[:, :, :1]], 2))):
            picture = image.array_to_img(values, scale=scale)
            result["%s_%s" % (name, scale)] = image.img_to_array(picture)
            result["mode_%s_%s" % (name, scale)] = picture.mode
    deep = image.array_to_img(x[:, :, :1] * 100, scale=False)
    result["deep"], result["deep_mode"] = image.img_to_array(deep), deep.mode
    first = image.array_to_img(x.transpose(2, 0, 1), data_format="channels_first")
    result["first"] = image.img_to_array(first, data_format="channels_first", dtype="float64")
    return result


def _in_a_file(keras, load):
    """What `load` makes of the path of an image."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.png")
        keras.preprocessing.image.save_img(path, floats(9, 7, 3, low=0, high=255))
        return {name: keras.preprocessing.image.img_to_array(image) for name, image in load(path).items()}


@keras_script()
def images_in_files(keras):
    load = keras.preprocessing.image.load_img
    modes = ("rgb", "rgba", "grayscale")
    return dict(
        _in_a_file(keras, lambda path: {mode: load(path, color_mode=mode) for mode in modes}),
        **_in_a_file(keras, lambda path: {"nearest": load(path, target_size=(5, 6))})
    )


@keras_script(atol=1.0)  # Pillow 9 rounds otherwise than later ones
def images_resized(keras):
    load = keras.preprocessing.image.load_img
    methods = ("bilinear", "box", "hamming")
    return _in_a_file(keras, lambda path: {m: load(path, target_size=(5, 6), interpolation=m) for m in methods})


def _folders(keras, folder):
    for i in range(7):
        name = os.path.join(folder, ("cats", "dogs", "birds")[i % 3])
        os.makedirs(os.path.join(name, "inner"), exist_ok=True)
        x = floats(6 + i % 2, 5, 3, low=0, high=255, seed=i)
        keras.preprocessing.image.save_img(os.path.join(name, "inner" if i > 4 else "", "%d.png" % i), x)
        with open(os.path.join(name, "notes.txt"), "w") as file:
            file.write("no image")


DIRECTORIES = {
    "defaults": dict(),
    "gray": dict(color_mode="grayscale", class_mode="sparse"),
    "rgba": dict(color_mode="rgba", class_mode=None),
    "chosen": dict(classes=["dogs", "cats"], class_mode="binary"),
    "input": dict(class_mode="input", shuffle=False),
    "training": dict(subset="training"),
    "validation": dict(subset="validation"),
    "bilinear": dict(interpolation="bilinear"),
}


def _directory(options):
    def run(keras):
        generator = keras.preprocessing.image.ImageDataGenerator(rotation_range=20, validation_split=0.5)
        with tempfile.TemporaryDirectory() as folder:
            _folders(keras, folder)
            flow = generator.flow_from_directory(folder, target_size=(6, 4), batch_size=3, seed=3, **options)
            batches = [next(flow) for _ in range(len(flow))]
            return {
                "batches": [list(b) if isinstance(b, tuple) else b for b in batches],
                "names": flow.filenames,
                "classes": flow.classes,
                "indices": sorted(flow.class_indices.items()),
                "samples": flow.samples,
            }

    return run


for name, options in DIRECTORIES.items():
    keras_script("directory_" + name, atol=1e-3)(_directory(options))

BAD_DIRECTORIES = {
    "class_mode": dict(class_mode="other"),
    "color_mode": dict(color_mode="other"),
    "subset": dict(subset="other"),
}


def _bad_directory(options):
    def run(keras):
        with tempfile.TemporaryDirectory() as folder:
            keras.preprocessing.image.ImageDataGenerator().flow_from_directory(folder, **options)

    return run


for name, options in BAD_DIRECTORIES.items():
    keras_script("directory_refuses_" + name, raises=True)(_bad_directory(options))
