#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Making training samples against Python with OpenCV and NumPy, alternately in one run.

usage: compare-loader.py BENCH_LOADER CONFIG CROPS [--pairs N] [--samples N]

BENCH_LOADER is the built `bench-loader`, CONFIG is configs/siamban_r50_l234.yaml, whose options
the opponent has, and CROPS a folder with crop files and their train.json, as `siamban synth` or
`siamban prepare` makes it. Both sides use one thread; it is its processor time that is compared, so
that other work on the machine does not count. Prints the samples per second of each and the median
of the ratios of the pairs."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

try:
    import cv2
    import numpy as np
except ImportError:
    print('OpenCV is not installed: nothing to compare with (python3-opencv)')
    sys.exit(0)

TEMPLATE_SIZE, SEARCH_SIZE, OUTPUT_SIZE, STRIDE = 127, 255, 25, 8
NEG, GRAY, FRAME_RANGE = 0.2, 0.0, 100
POS_NUM, NEG_NUM, TOTAL_NUM = 16, 16, 64
COLORS = np.array([[-0.55919361, 0.98062831, -0.41940627], [1.72091413, 0.19879334, -1.82968581],
                   [4.64467907, 4.73710203, 4.88324118]])


class Ours:
    """The C program, serving so many samples a line."""

    def __init__(self, program, config, crops):
        anno = os.path.join(crops, 'train.json')
        settings = ['DATASET.NAMES=[CROPS]', f'DATASET.CROPS.ROOT={crops}',
                    f'DATASET.CROPS.ANNO={anno}', f'DATASET.CROPS.FRAME_RANGE={FRAME_RANGE}',
                    'DATASET.CROPS.NUM_USE=-1']
        options = [part for setting in settings for part in ('--set', setting)]
        self.process = subprocess.Popen([program, config, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def __call__(self, n):
        self.process.stdin.write(f'{n}\n')
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Augmentation:
    """Shifted and scaled crop, colour, blur, in that order."""

    def __init__(self, shift, scale, blur, color):
        self.shift, self.scale, self.blur, self.color = shift, scale, blur, color

    def crop(self, image, box, size):
        height, width = image.shape[:2]
        scale_x, scale_y = (min(1 + np.random.uniform(-1, 1) * self.scale, side / (size - 1))
                            for side in (width, height))
        half_w, half_h = (size - 1) * scale_x / 2, (size - 1) * scale_y / 2
        x1, y1 = width // 2 - half_w, height // 2 - half_h
        x2, y2 = width // 2 + half_w, height // 2 + half_h
        dx = max(-x1, min(width - 1 - x2, np.random.uniform(-1, 1) * self.shift))
        dy = max(-y1, min(height - 1 - y2, np.random.uniform(-1, 1) * self.shift))
        x1, y1, x2, y2 = x1 + dx, y1 + dy, x2 + dx, y2 + dy
        a, b = (size - 1) / (x2 - x1), (size - 1) / (y2 - y1)
        image = cv2.warpAffine(image, np.array([[a, 0, -a * x1], [0, b, -b * y1]]), (size, size),
                               borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0))
        return image, ((box[0] - x1) / scale_x, (box[1] - y1) / scale_y,
                       (box[2] - x1) / scale_x, (box[3] - y1) / scale_y)

    def __call__(self, image, box, size, gray):
        if gray:
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        image, box = self.crop(image, box, size)
        if self.color > np.random.random():
            image = image - (COLORS @ np.random.randn(3))[::-1]
        if self.blur > np.random.random():
            n = np.random.choice(np.arange(5, 46, 2))
            weight = np.random.random()
            kernel = np.zeros((n, n))
            kernel[:, n // 2] += weight / n
            kernel[n // 2, :] += (1 - weight) / n
            image = cv2.filter2D(image, -1, kernel)
        return image, box


class Opponent:
    """What a sample is, drawn anew each time: two files read, augmented and labelled."""

    def __init__(self, crops):
        self.crops = crops
        with open(os.path.join(crops, 'train.json'), encoding='utf-8') as file:
            self.videos = [(name, [(track, sorted(frames.items())) for track, frames in
                                   tracks.items() if frames])
                           for name, tracks in json.load(file).items()]
        self.template = Augmentation(4, 0.05, 0.0, 1.0)
        self.search = Augmentation(64, 0.18, 0.2, 1.0)
        first = SEARCH_SIZE // 2 - OUTPUT_SIZE // 2 * STRIDE
        line = np.arange(OUTPUT_SIZE, dtype=np.float32) * STRIDE + first
        self.points = np.stack(np.meshgrid(line, line))

    def draw(self):
        name, tracks = self.videos[np.random.randint(len(self.videos))]
        return (name, *tracks[np.random.randint(len(tracks))])

    def pair(self, negative):
        name, track, frames = self.draw()
        at = np.random.randint(len(frames))
        template = name, track, frames[at]
        if negative:
            name, track, frames = self.draw()
            return template, (name, track, frames[np.random.randint(len(frames))])
        low, high = max(at - FRAME_RANGE, 0), min(at + FRAME_RANGE, len(frames) - 1)
        return template, (name, track, frames[np.random.randint(low, high + 1)])

    def read(self, target):
        name, track, (frame, box) = target
        image = cv2.imread(f'{self.crops}/{name}/{frame}.{track}.x.jpg')
        w, h = (box[2] - box[0], box[3] - box[1]) if len(box) == 4 else box
        side = math.sqrt((w + 0.5 * (w + h)) * (h + 0.5 * (w + h)))
        w, h = w * TEMPLATE_SIZE / side, h * TEMPLATE_SIZE / side
        cx, cy = image.shape[1] // 2, image.shape[0] // 2
        return image, (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)

    @staticmethod
    def keep(mask, n, value, labels):
        points = np.flatnonzero(mask)
        if len(points) > n:
            points = np.random.permutation(points)[:n]
        labels.reshape(-1)[points] = value

    def label(self, box, negative):
        x, y = self.points
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        w, h = box[2] - box[0], box[3] - box[1]
        labels = np.full((OUTPUT_SIZE, OUTPUT_SIZE), -1, dtype=np.int64)
        inside = ((cx - x) / (w / 4)) ** 2 + ((cy - y) / (h / 4)) ** 2 < 1
        if negative:
            self.keep(inside, NEG_NUM, 0, labels)
            return labels, np.zeros((4, OUTPUT_SIZE, OUTPUT_SIZE), dtype=np.float32)
        outside = ((cx - x) / (w / 2)) ** 2 + ((cy - y) / (h / 2)) ** 2 > 1
        self.keep(inside, POS_NUM, 1, labels)
        self.keep(outside, TOTAL_NUM - POS_NUM, 0, labels)
        return labels, np.stack((x - box[0], y - box[1], box[2] - x, box[3] - y))

    def sample(self):
        gray, negative = GRAY > np.random.random(), NEG > np.random.random()
        template, search = self.pair(negative)
        template, _ = self.template(*self.read(template), TEMPLATE_SIZE, gray)
        search, box = self.search(*self.read(search), SEARCH_SIZE, gray)
        labels, offsets = self.label(box, negative)
        return (np.ascontiguousarray(template.transpose(2, 0, 1), dtype=np.float32),
                np.ascontiguousarray(search.transpose(2, 0, 1), dtype=np.float32), labels, offsets)

    def __call__(self, n):
        begin = time.process_time()
        for _ in range(n):
            self.sample()
        return (time.process_time() - begin) / n


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('config')
    parser.add_argument('crops')
    parser.add_argument('--pairs', type=int, default=9)
    parser.add_argument('--samples', type=int, default=100)
    args = parser.parse_args()

    cv2.setNumThreads(1)
    np.random.seed(1)
    ours, opponent = Ours(args.program, args.config, args.crops), Opponent(args.crops)
    for side in (ours, opponent):
        side(args.samples)
    times = [(ours(args.samples), opponent(args.samples)) for _ in range(args.pairs)]
    ours.close()
    ratios = sorted(theirs / mine for mine, theirs in times)
    print(f'ours {1 / statistics.median(mine for mine, _ in times):.0f} samples/s, OpenCV '
          f'{1 / statistics.median(theirs for _, theirs in times):.0f} samples/s, ratio '
          f'{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})')


if __name__ == '__main__':
    main()
