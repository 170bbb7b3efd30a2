#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns weights of PyTorch into safetensors, or back, and says whether a network takes them.

usage: convert-weights.py FROM TO [CONFIG]
"""

import sys

import gi

gi.require_version('Siamban', '1.0')
from gi.repository import Siamban


def main(source, target, path=None):
    checkpoint = Siamban.Checkpoint.new_from_file(source)
    for name in checkpoint:
        print(f'{name}: {checkpoint[name].dtype} {checkpoint[name].shape}')
    if path:
        model = Siamban.Model.new(Siamban.Config.new_from_file(path))
        print(checkpoint.apply(model.get_weights(), '').to_string())
    if target.endswith('.safetensors'):
        checkpoint.save_safetensors(target)
    else:
        checkpoint.save(target)


try:
    main(*sys.argv[1:])
except Siamban.BaseError as error:
    sys.exit(f'{error.code.value_nick}: {error.message}')
