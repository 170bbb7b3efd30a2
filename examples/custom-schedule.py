#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains with a learning rate and a stage of augmentation that the library does not have.

usage: custom-schedule.py CONFIG RUN [KEY=VALUE ...]
"""

import math
import sys

import gi
import numpy

gi.require_version('Siamban', '1.0')
from gi.repository import Siamban


class Triangles(Siamban.LrSchedule):
    """Up and down between two rates, in periods of some epochs."""

    low, high, period = 0.001, 0.01, 4

    def do_get_rate(self, epoch):
        height = 1 - abs(2 * (epoch % self.period) / self.period - 1)
        return self.low * math.pow(self.high / self.low, height)

    def do_get_start_rate(self):
        return self.high


class Cutout(Siamban.AugmentationStage):
    """A grey square somewhere in a search image, in each second one."""

    def do_augment(self, image, is_search, seed):
        random = numpy.random.default_rng(seed)
        if not is_search or random.random() < 0.5:
            return image
        side = image.get_size() // 5
        x, y = random.integers(0, image.get_size() - side, 2)
        pixels = image.pixels.copy()
        pixels[:, y:y + side, x:x + side] = 127
        return image.replace(pixels)


def main(path, folder, *assignments):
    config = Siamban.Config.new_from_file(path)
    for assignment in assignments:
        config.set_from_string(assignment)

    trainer = Siamban.Trainer.new(config, Siamban.Device.open(None), folder)
    trainer.set_schedule(Triangles(n_epochs=config['TRAIN.EPOCH']))
    trainer.insert_stage(Cutout(name='cutout'), 'blur')
    trainer.connect('iteration', lambda _, iteration: print(
        f'{iteration.epoch} {iteration.index}: rate {iteration.head_rate:.6f},'
        f' loss {iteration.total_loss:.4f}'))
    trainer.run()


main(*sys.argv[1:])
