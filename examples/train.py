#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains, and plots the loss as it falls. usage: train.py CONFIG RUN [KEY=VALUE ...]"""
import asyncio
import sys

import gi

gi.require_version('Siamban', '1.0')
from gi.repository import Siamban

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None


def plot(iteration, losses):
    losses.append(iteration.total_loss)
    if plt:
        plt.cla()
        plt.plot(losses)
        plt.pause(0.001)


async def main(path, folder, *assignments):
    config = Siamban.Config.new_from_file(path)
    for assignment in assignments:
        config.set_from_string(assignment)
    losses = []
    with Siamban.Trainer.new(config, Siamban.Device.open(None), folder) as trainer:
        trainer.connect('message', lambda _, text: print(text))
        trainer.connect('iteration', lambda _, iteration: plot(iteration, losses))
        await trainer.run_async()


asyncio.run(main(*sys.argv[1:]))
