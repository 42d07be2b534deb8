"""What a value looks like on a graph."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from graphflow._viz import pixels, png
from graphflow._viz.views import values


def opened(uri):
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize("shape", [(3, 5), (4, 4, 1), (2, 7, 3), (6, 2, 4)])
def test_png_is_read_back_by_another_program(shape):
    wanted = np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png.encode(wanted))))
    np.testing.assert_array_equal(read, wanted.reshape(read.shape))


def test_statistics():
    rows = dict(values.rows(np.array([[0.0] * 10, [2.0] * 10], np.float32)))
    assert rows["shape"] == "[2, 10] float32, 80 bytes"
    assert rows["range"] == "0 to 2"
    assert rows["mean"] == "1 ± 1"
    assert rows["zeros"] == "50%"
    assert "value" not in rows


@pytest.mark.parametrize(
    "value, text",
    [
        (np.float32(0.25), "0.25"), (np.array([1, 2]), "[1, 2]"), (np.array([[True], [False]]), "[[True], [False]]"),
        (np.array(1 + 2j), "1+2j"), (np.array([b"a", b"bc"], object), "[a, bc]"), (b"text", "text"), (np.array([]), "[]"),
    ],
)  # fmt: skip
def test_small_values_stand_in_full(value, text):
    assert dict(values.rows(np.asarray(value)))["value"] == text


def test_what_is_not_finite_is_told_and_left_out_of_the_statistics():
    value = np.full([20], 3.0)
    value[:2], value[2] = np.nan, -np.inf
    mark = values.mark(value)
    assert (mark.tone, mark.badge) == ("bad", "2 NaN, 1 Inf")
    assert dict(mark.rows)["not finite"] == "2 NaN, 1 Inf of 20"
    assert dict(mark.rows)["range"] == "3 to 3"


def test_histogram_counts_all_finite_values():
    value = np.array([0.0] * 30 + [1.0] * 15)
    bars = values.histogram(value)
    assert (bars[0], bars[-1], sum(bars)) == (1.0, 0.5, 1.5)
    assert values.histogram(np.full([4], np.nan)) is None


def test_images_of_a_batch_filters_maps_and_matrices():
    batch = np.zeros([2, 8, 8, 3], np.float32)
    batch[1, ..., 0] = 1.0
    image = np.asarray(opened(values.mark(batch).image))
    assert image.shape[-1] == 3 and tuple(image[-1, -1]) == (255, 0, 0)
    kernel = np.zeros([3, 3, 1, 4], np.float32)
    kernel[..., 2] = -1.0
    colours = {tuple(c) for c in np.asarray(opened(values.mark(kernel, "filters").image)).reshape(-1, 3)}
    assert {(255, 255, 255), (33, 102, 172)} <= colours
    assert opened(values.mark(np.ones([1, 6, 6, 8])).image).mode == "L"
    assert opened(values.mark(np.eye(30)).image).mode == "RGB"
    assert values.mark(np.ones([100])).image is None


def test_large_arrays_are_thinned_out():
    assert max(pixels.of_value(np.ones([3000, 4])).shape) <= 200


@pytest.mark.parametrize(
    "value", [np.full([5, 5], np.nan), np.full([5, 5], 1e308), np.zeros([0, 3]), np.zeros([5, 5], np.int8)]
)
def test_extreme_values_are_drawn_without_a_warning(value):
    assert values.mark(value).rows
