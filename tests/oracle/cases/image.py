"""tf.image and tf.audio: sizes, colours, random changes, boxes, measures, files."""

import struct

import numpy as np

from tests.oracle.harness import case, floats, integers, script

X = floats(2, 5, 7, 3, low=0, high=1)
GREY = integers(6, 4, 1, dtype=np.uint8, high=256)
BYTES = integers(5, 6, 3, dtype=np.uint8, high=256)


def image(tf, dims=(2, 5, 7, 3)):
    return tf.placeholder(tf.float32, list(dims), name="x")


# -- sizes ---------------------------------------------------------------------------------------------------------------

for _method in range(4):
    for _size in ((3, 3), (10, 14), (1, 20), (5, 9)):
        for _align in (False, True):

            @case(
                "resize_%d_to_%d_%d%s" % (_method, _size[0], _size[1], "_aligned" if _align else ""),
                feeds={"x": X},
                grads=_method < 3,
            )
            def resize(tf, method=_method, size=_size, align=_align):
                return tf.image.resize_images(image(tf), size, method, align_corners=align)


for _name in ("bilinear", "nearest_neighbor", "bicubic"):
    for _size in ((3, 3), (10, 14)):

        @case("half_pixel_%s_%d" % (_name, _size[0]), feeds={"x": X}, grads=True)
        def half_pixel(tf, name=_name, size=_size):
            return getattr(tf.image, "resize_" + name)(image(tf), size, half_pixel_centers=True)


@case(feeds={"x": X[0]}, grads=True)
def resize_single(tf):
    x = image(tf, (5, 7, 3))
    return [
        tf.image.resize_images(x, [4, 4]),
        tf.image.resize_images(x, [5, 7]),
        tf.image.resize_images(x, [10, 10], preserve_aspect_ratio=True),
    ]


@case(feeds={"x": X})
def resize_of_unknown_size(tf):
    x = tf.placeholder(tf.float32, [None, None, None, 3], name="x")
    return [
        tf.image.resize_images(x, [4, 4]),
        tf.image.resize(x, tf.shape(x)[1:3] * 2, tf.image.ResizeMethod.NEAREST_NEIGHBOR),
    ]


@case()
def resize_bytes(tf):
    x = tf.constant(BYTES[None])
    return [tf.image.resize_images(x, [3, 9], m) for m in range(4)]


@case(feeds={"x": X}, grads=True)
def crop_or_pad(tf):
    x = image(tf)
    return [tf.image.resize_image_with_crop_or_pad(x, *size) for size in ((3, 3), (8, 10), (3, 10), (6, 4))]


@case(feeds={"x": X[0]})
def crop_or_pad_unknown(tf):
    x = tf.placeholder(tf.float32, [None, None, 3], name="x")
    return tf.image.resize_image_with_crop_or_pad(x, 4, 10)


@case(feeds={"x": X}, grads=True)
def with_pad(tf):
    return [
        tf.image.resize_image_with_pad(image(tf), 8, 8),
        tf.image.resize_image_with_pad(tf.constant(X[0]), 4, 12, 1),
    ]


@case(feeds={"x": X}, grads=True)
def boxes_of_pixels(tf):
    x = image(tf)
    return [
        tf.image.crop_to_bounding_box(x, 1, 2, 3, 4),
        tf.image.pad_to_bounding_box(x, 2, 1, 9, 10),
        tf.image.crop_to_bounding_box(x[0], 0, 0, 1, 1),
    ]


@case(feeds={"x": X}, grads=True)
def central(tf):
    x = image(tf)
    return [tf.image.central_crop(x, 0.5), tf.image.central_crop(x[1], 0.75), tf.image.central_crop(x, 1.0)]


@case(feeds={"x": X[0]})
def central_unknown(tf):
    return tf.image.central_crop(tf.placeholder(tf.float32, [None, None, 3], name="x"), 0.5)


@case(feeds={"x": X}, grads=True)
def flips(tf):
    x = image(tf)
    return [
        tf.image.flip_left_right(x),
        tf.image.flip_up_down(x),
        tf.image.flip_left_right(x[0]),
        tf.image.transpose_image(x),
        tf.image.transpose(x[0]),
    ]


@case(feeds={"x": X[0]})
def flip_unknown(tf):
    return tf.image.flip_up_down(tf.placeholder(tf.float32, [None, None, 3], name="x"))


@case(feeds={"x": X}, graph=False)
def turned(tf):
    x = image(tf)
    return [tf.image.rot90(x), tf.image.rot90(x, 2), tf.image.rot90(x[0], 3), tf.image.rot90(x[0], 4)]


# -- random --------------------------------------------------------------------------------------------------------------


@case(feeds={"x": X}, runs=4, graph=False)
def random_flips(tf):
    x = image(tf)
    return [
        tf.image.random_flip_left_right(x[0], seed=3),
        tf.image.random_flip_up_down(x[0], seed=4),
        tf.image.random_flip_left_right(x, seed=5),
    ]


@case(feeds={"x": X[0]}, runs=3)
def random_colours(tf):
    x = image(tf, (5, 7, 3))
    return [
        tf.image.random_brightness(x, 0.3, seed=1),
        tf.image.random_contrast(x, 0.5, 1.5, seed=2),
        tf.image.random_hue(x, 0.2, seed=3),
        tf.image.random_saturation(x, 0.5, 1.5, seed=4),
    ]


@case(feeds={"x": X[0]}, runs=2)
def random_colours_graph_seed(tf):
    tf.set_random_seed(5)
    x = image(tf, (5, 7, 3))
    return tf.image.random_contrast(tf.image.random_brightness(tf.random_crop(x, [3, 3, 3]), 63 / 255.0), 0.2, 1.8)


# -- colours -------------------------------------------------------------------------------------------------------------


@case(feeds={"x": X[0]}, rtol=1e-5, atol=1e-6)
def adjusted(tf):
    x = image(tf, (5, 7, 3))
    return [
        tf.image.adjust_brightness(x, 0.2),
        tf.image.adjust_contrast(x, 1.7),
        tf.image.adjust_hue(x, 0.3),
        tf.image.adjust_hue(x, -0.4),
        tf.image.adjust_saturation(x, 0.4),
        tf.image.adjust_saturation(x, 5.0),
        tf.image.adjust_gamma(x, 1.4, 0.8),
    ]


@case()
def adjusted_bytes(tf):
    x = tf.constant(BYTES)
    return [
        tf.image.adjust_brightness(x, 0.2),
        tf.image.adjust_contrast(x, 1.7),
        tf.image.adjust_gamma(x, 2.0),
        tf.image.adjust_saturation(x, 0.5),
        tf.image.adjust_hue(x, 0.25),
    ]


@case(feeds={"x": X}, grads=True)
def standardized(tf):
    x = image(tf)
    return [tf.image.per_image_standardization(x), tf.image.per_image_standardization(x[0])]


@case()
def standardized_flat(tf):
    return [
        tf.image.per_image_standardization(tf.ones([3, 3, 2])),
        tf.image.per_image_standardization(tf.constant(BYTES)),
    ]


for _from in ("uint8", "int32", "float32", "float64"):
    for _to in ("uint8", "uint16", "int32", "float32", "float64"):

        @case("dtype_%s_to_%s" % (_from, _to))
        def converted(tf, came=_from, to=_to):
            x = (
                floats(4, 3, low=0, high=1).astype(came)
                if came.startswith("float")
                else integers(4, 3, dtype=came, high=100)
            )
            return tf.image.convert_image_dtype(tf.constant(x), getattr(tf, to)), tf.image.convert_image_dtype(
                tf.constant(x), getattr(tf, to), saturate=True
            )


@case(feeds={"x": X}, rtol=1e-5, atol=1e-6)
def spaces(tf):
    x = image(tf)
    return [
        tf.image.rgb_to_hsv(x),
        tf.image.hsv_to_rgb(x),
        tf.image.rgb_to_grayscale(x),
        tf.image.rgb_to_yuv(x),
        tf.image.yuv_to_rgb(x),
        tf.image.rgb_to_yiq(x),
        tf.image.yiq_to_rgb(x),
    ]


@case(feeds={"x": X}, grads=True)
def spaces_gradients(tf):
    x = image(tf)
    return [tf.image.rgb_to_grayscale(x), tf.image.rgb_to_yuv(x)]


@case()
def grey_and_rgb(tf):
    return [tf.image.grayscale_to_rgb(tf.constant(GREY)), tf.image.rgb_to_grayscale(tf.constant(BYTES))]


@case()
def corners_of_colours(tf):
    x = tf.constant([[[0.0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0.5, 0.5, 0.5], [1, 0, 1]]])
    return [tf.image.rgb_to_hsv(x), tf.image.adjust_hue(x, 0.5), tf.image.adjust_saturation(x, 0.5)]


# -- boxes ---------------------------------------------------------------------------------------------------------------

BOXES = np.float32(
    [
        [0, 0, 1, 1],
        [0, 0.1, 1, 1.1],
        [0, -0.1, 1, 0.9],
        [0, 10, 1, 11],
        [0, 10.1, 1, 11.1],
        [0, 100, 1, 101],
        [1, 1, 0, 0],
    ]
)
SCORES = np.float32([0.9, 0.75, 0.6, 0.95, 0.5, 0.3, 0.2])


@case()
def suppression(tf):
    return [
        tf.image.non_max_suppression(BOXES, SCORES, 3),
        tf.image.non_max_suppression(BOXES, SCORES, 10, 0.9),
        tf.image.non_max_suppression(BOXES, SCORES, 10, 0.5, 0.4),
        tf.image.non_max_suppression(BOXES, SCORES, 0),
    ]


@case()
def suppression_more(tf):
    a, b = tf.image.non_max_suppression_padded(BOXES, SCORES, 6, 0.5, pad_to_max_output_size=True)
    c, d = tf.image.non_max_suppression_with_scores(BOXES, SCORES, 6, 0.5, soft_nms_sigma=0.5)
    return [a, b, c, d, tf.image.non_max_suppression_overlaps(np.eye(7, dtype=np.float32), SCORES, 4)]


@case(feeds={"x": X}, grads=True)
def crops(tf):
    x = image(tf)
    boxes = [[0.0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [-0.2, 0.5, 1.3, 0.6], [0.9, 0.9, 0.1, 0.1]]
    return [
        tf.image.crop_and_resize(x, boxes, [0, 1, 1, 0], [4, 4]),
        tf.image.crop_and_resize(x, boxes, [0, 1, 1, 0], [1, 3], extrapolation_value=2.0),
    ]


@case(feeds={"x": X})
def crops_nearest(tf):
    return tf.image.crop_and_resize(image(tf), [[0.2, 0.1, 0.7, 0.9]], [1], [6, 5], method="nearest")


@case(feeds={"x": X})
def drawn(tf):
    boxes = np.float32([[[0, 0, 1, 1], [0.3, 0.2, 0.7, 0.6]], [[-0.5, 0.1, 0.5, 1.4], [0.9, 0.9, 0.1, 0.1]]])
    x = image(tf)
    return [
        tf.image.draw_bounding_boxes(x, boxes),
        tf.image.draw_bounding_boxes(x, boxes, colors=[[0.1, 0.2, 0.3]]),
        tf.image.draw_bounding_boxes(x[..., :1], boxes),
    ]


@case(runs=5)
def distorted_boxes(tf):
    boxes = np.float32([[[0.1, 0.2, 0.7, 0.9], [0.3, 0.3, 0.5, 0.6]]])
    return [
        tf.image.sample_distorted_bounding_box([100, 120, 3], boxes, seed=3),
        tf.image.sample_distorted_bounding_box(
            [37, 91, 3], boxes, seed=1, seed2=9, min_object_covered=0.8, area_range=(0.3, 0.9), max_attempts=20
        ),
        tf.image.sample_distorted_bounding_box(
            [50, 50, 1],
            np.zeros([1, 0, 4], np.float32),
            seed=2,
            use_image_if_no_bounding_boxes=True,
            aspect_ratio_range=(0.5, 2.0),
        ),
    ]


@case(feeds={"x": X}, grads=True)
def patches(tf):
    return tf.image.extract_image_patches(image(tf), [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")


# -- measures ------------------------------------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True)
def variation(tf):
    x = image(tf)
    return [
        tf.image.total_variation(x),
        tf.image.total_variation(x[0]),
        tf.image.image_gradients(x),
        tf.image.sobel_edges(x),
    ]


@case(rtol=1e-4, graph=False)
def likeness(tf):
    a, b = floats(2, 14, 13, 3, low=0, high=1), floats(2, 14, 13, 3, low=0, high=1, seed=3)
    return [
        tf.image.psnr(tf.constant(a), tf.constant(b), 1.0),
        tf.image.ssim(tf.constant(a), tf.constant(b), 1.0),
        tf.image.psnr(tf.constant(BYTES), tf.constant(BYTES[::-1].copy()), 255),
    ]


@case(rtol=1e-4, graph=False)
def likeness_on_scales(tf):
    a, b = floats(2, 45, 38, 3, low=0, high=1), floats(2, 45, 38, 3, low=0, high=1, seed=3)
    return tf.image.ssim_multiscale(
        tf.constant(a), tf.constant(a + 0.3 * b), 1.0, power_factors=(0.3, 0.4, 0.3), filter_size=7
    )


# -- errors --------------------------------------------------------------------------------------------------------------


@script()
def errors(tf):
    out, x = [], np.zeros([4, 5, 3], np.float32)
    for build in (
        lambda: tf.image.resize_images(tf.zeros([4, 5]), [2, 2]),
        lambda: tf.image.resize_images(x, [2, 2, 2]),
        lambda: tf.image.resize_images(x, 3.5),
        lambda: tf.image.resize_images(x, [2, 2], method=9),
        lambda: tf.image.crop_to_bounding_box(x, 3, 3, 3, 3),
        lambda: tf.image.pad_to_bounding_box(x, 0, 0, 3, 3),
        lambda: tf.image.central_crop(x, 1.5),
        lambda: tf.image.flip_left_right(tf.zeros([3])),
        lambda: tf.image.rgb_to_hsv(tf.zeros([3, 2])),
        lambda: tf.image.convert_image_dtype(x, tf.string),
        lambda: tf.image.random_hue(x, 0.7),
        lambda: tf.image.random_contrast(x, 2, 1),
        lambda: tf.image.grayscale_to_rgb(tf.constant(x)),
        lambda: tf.image.total_variation(tf.zeros([3])),
        lambda: tf.image.random_brightness(x, -1),
    ):
        try:
            build()
            out.append("fine")
        except (ValueError, TypeError, AttributeError) as error:
            out.append(type(error).__name__)
    return {"kinds": out}


# -- files ---------------------------------------------------------------------------------------------------------------


@case()
def png(tf):
    out = {}
    for name, pixels in [
        ("grey", GREY),
        ("rgb", BYTES),
        ("rgba", integers(4, 3, 4, dtype=np.uint8, high=256)),
        ("two", integers(4, 3, 2, dtype=np.uint8, high=256)),
    ]:
        file = tf.image.encode_png(tf.constant(pixels))
        out[name] = tf.image.decode_png(file)
        out[name + " as bytes"] = file
    out["wide"] = tf.image.decode_png(tf.image.encode_png(tf.constant(GREY.astype(np.uint16) * 200)), dtype=tf.uint16)
    out["narrow"] = tf.image.decode_png(tf.image.encode_png(tf.constant(GREY)), dtype=tf.uint16)
    out["to rgb"] = tf.image.decode_png(tf.image.encode_png(tf.constant(GREY)), channels=3)
    out["by jpeg"] = tf.image.decode_jpeg(tf.image.encode_png(tf.constant(BYTES)), channels=3)
    out["is"] = tf.image.is_jpeg(tf.image.encode_png(tf.constant(BYTES)))
    return out


@case()
def png_by_contents(tf):
    file = tf.image.encode_png(tf.constant(BYTES))
    return [tf.image.decode_png(file, channels=4), tf.image.decode_bmp(tf.constant(bmp()))]


def bmp():
    """A BMP file of 24 bits, bottom row first."""
    rows = b"".join(row[:, ::-1].tobytes() + b"\0" * (-row.shape[0] * 3 % 4) for row in BYTES[::-1])
    head = struct.pack("<IiiHHIIiiII", 40, BYTES.shape[1], BYTES.shape[0], 1, 24, 0, len(rows), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + head + rows


@script()
def decode_any(tf):
    out = {}
    with tf.Session() as sess:
        files = {"png": sess.run(tf.image.encode_png(BYTES)), "bmp": bmp()}
        smooth = np.tile(np.arange(0, 160, 10, dtype=np.uint8)[:, None, None], [1, 16, 3])
        files["jpeg"] = sess.run(tf.image.encode_jpeg(tf.constant(np.full_like(smooth, 80))))
        contents = tf.placeholder(tf.string, [])
        for channels in (None, 3):
            for name, file in files.items():
                out["%s %s" % (name, channels)] = sess.run(tf.image.decode_image(contents, channels), {contents: file})
        out["floats"] = sess.run(tf.image.decode_image(contents, dtype=tf.float32), {contents: files["bmp"]})
        out["shape"] = sess.run(tf.image.extract_jpeg_shape(contents), {contents: files["jpeg"]})
        out["is"] = sess.run(tf.image.is_jpeg(contents), {contents: files["jpeg"]})
        try:
            sess.run(tf.image.decode_image(contents), {contents: b"nothing"})
        except tf.errors.InvalidArgumentError:
            out["nothing"] = "InvalidArgumentError"
    return out


# -- sound ---------------------------------------------------------------------------------------------------------------


@case(feeds={"x": floats(9, 2, low=-1, high=1)})
def wav(tf):
    x = tf.placeholder(tf.float32, [9, 2], name="x")
    file = tf.audio.encode_wav(x * 1.1, 8000)
    back = tf.audio.decode_wav(file)
    return {
        "file": file,
        "audio": back.audio,
        "rate": back.sample_rate,
        "one": tf.audio.decode_wav(file, 1, 5).audio,
        "three": tf.audio.decode_wav(file, desired_channels=3, desired_samples=12)[0],
    }
