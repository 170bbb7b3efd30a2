# SPDX-License-Identifier: Apache-2.0
"""A training that takes seconds, on generated clips."""

import os

import gi

gi.require_version('Siamban', '1.0')
from gi.repository import Siamban

CONFIG = '''
BACKBONE:
  TYPE: mobilenetv2
  KWARGS: {used_layers: [3], width_mult: 0.25}
  PRETRAINED: ''
  TRAIN_EPOCH: 1
  TRAIN_LAYERS: [layer2, layer3]
ADJUST: {ADJUST: true, TYPE: AdjustAllLayer, KWARGS: {in_channels: [8], out_channels: [8]}}
BAN: {BAN: true, TYPE: MultiBAN, KWARGS: {in_channels: [8], cls_out_channels: 2, weighted: false}}
TRAIN:
  EPOCH: 2
  BATCH_SIZE: 2
  PRINT_FREQ: 2
  BASE_LR: 0.01
  LR: {TYPE: log, KWARGS: {start_lr: 0.01, end_lr: 0.005}}
  LR_WARMUP: {WARMUP: false}
DATASET:
  NAMES: [TINY]
  VIDEOS_PER_EPOCH: 6
'''


def make_importer(folder):
    synth = Siamban.Synth.new(1, 3, 3, 128, 96)
    return Siamban.SynthImporter.new(synth, os.path.join(folder, 'crops'))


def make_config(folder):
    """Of the data that make_importer() writes."""
    config = Siamban.Config.new()
    path = os.path.join(folder, 'tiny.yaml')
    with open(path, 'w') as file:
        file.write(CONFIG)
    config.load_file(path)
    config.set_from_string(f'DATASET.TINY.ROOT={folder}/crops')
    config.set_from_string(f'DATASET.TINY.ANNO={folder}/crops/train.json')
    config.set_from_string('DATASET.TINY.FRAME_RANGE=2')
    return config


def open_device():
    try:
        device = Siamban.Device.open('cpu')
    except Exception:
        device = Siamban.Device.open('reference')
    # So small a network only loses by threads that wait for each other.
    device.set_n_threads(1)
    return device


def make_trainer(folder, config, name='run'):
    return Siamban.Trainer.new(config, open_device(), os.path.join(folder, name))
