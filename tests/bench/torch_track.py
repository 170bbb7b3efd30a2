# SPDX-License-Identifier: Apache-2.0
"""A whole tracker around the opponent's network: crops by OpenCV, the choice among the boxes by
NumPy, as the original does it."""

import math
import time

import cv2
import numpy as np
import torch

WIDTH, HEIGHT = 640, 480
CONTEXT, PENALTY, INFLUENCE, RATE = 0.5, 0.0851, 0.463, 0.444
STRIDE, SCORES = 8, 25


def subwindow(image, center, model_size, original_size, mean):
    """A square around a position, padded with the mean colour, as a batch of planes."""
    left, top = (math.floor(c - (original_size + 1) / 2 + 0.5) for c in center)
    right, bottom = left + original_size, top + original_size
    before_x, before_y = max(0, -left), max(0, -top)
    after_x, after_y = max(0, right - image.shape[1]), max(0, bottom - image.shape[0])
    if before_x or before_y or after_x or after_y:
        padded = np.empty((image.shape[0] + before_y + after_y, image.shape[1] + before_x + after_x,
                           3), np.uint8)
        padded[:] = mean
        padded[before_y:before_y + image.shape[0], before_x:before_x + image.shape[1]] = image
        image = padded
    patch = image[top + before_y:bottom + before_y, left + before_x:right + before_x]
    if original_size != model_size:
        patch = cv2.resize(patch, (model_size, model_size))
    planes = np.ascontiguousarray(patch.transpose(2, 0, 1)[np.newaxis], dtype=np.float32)
    return torch.from_numpy(planes)


def context_size(size):
    around = CONTEXT * sum(size)
    return math.sqrt((size[0] + around) * (size[1] + around))


class Tracker:
    """Each time from the same box, as noise leads a tracker anywhere."""

    def __init__(self, network):
        cv2.setNumThreads(torch.get_num_threads())
        self.network = network
        self.frame = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        line = (np.arange(SCORES) - SCORES // 2) * STRIDE
        self.points = np.stack([axis.reshape(-1) for axis in np.meshgrid(line, line)], 1)
        self.window = np.outer(np.hanning(SCORES), np.hanning(SCORES)).reshape(-1)

    def show(self):
        self.center, self.size = np.array([320.0, 230.0]), np.array([80.0, 60.0])
        self.mean = self.frame.mean(axis=(0, 1))
        side = round(context_size(self.size))
        self.network.show(subwindow(self.frame, self.center, 127, side, self.mean))

    def track(self):
        context = context_size(self.size)
        scale = 127 / context
        search = subwindow(self.frame, self.center, 255, round(context * 255 / 127), self.mean)
        cls, loc = self.network.look(search)
        scores = cls.permute(1, 2, 3, 0).reshape(2, -1).permute(1, 0).softmax(1).numpy()[:, 1]
        edges = loc.permute(1, 2, 3, 0).reshape(4, -1).numpy()
        x1, y1 = self.points[:, 0] - edges[0], self.points[:, 1] - edges[1]
        x2, y2 = self.points[:, 0] + edges[2], self.points[:, 1] + edges[3]
        w, h = x2 - x1, y2 - y1

        def change(ratio):
            return np.maximum(ratio, 1 / ratio)

        def extent(w, h):
            pad = (w + h) / 2
            return np.sqrt((w + pad) * (h + pad))

        sizes = change(extent(w, h) / extent(*(self.size * scale)))
        shapes = change((self.size[0] / self.size[1]) / (w / h))
        penalty = np.exp(-(sizes * shapes - 1) * PENALTY)
        best = np.argmax(penalty * scores * (1 - INFLUENCE) + self.window * INFLUENCE)
        rate = penalty[best] * scores[best] * RATE
        found = np.array([w[best], h[best]]) / scale
        self.size = self.size * (1 - rate) + found * rate
        self.center += np.array([x1[best] + x2[best], y1[best] + y2[best]]) / 2 / scale
        self.center = np.clip(self.center, 0, (WIDTH, HEIGHT))
        self.size = np.clip(self.size, 10, (WIDTH, HEIGHT))

    def __call__(self):
        self.show()
        begin = time.monotonic()
        self.track()
        return time.monotonic() - begin
