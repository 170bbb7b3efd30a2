#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the first samples of a training as pictures, and prints what they are.

usage: inspect-samples.py CONFIG FOLDER [COUNT [KEY=VALUE ...]]
"""

import os
import sys

import gi

gi.require_version('Siamban', '1.0')
from gi.repository import Siamban

PARTS = (Siamban.SampleParts.TEMPLATE | Siamban.SampleParts.SEARCH | Siamban.SampleParts.BOXES
         | Siamban.SampleParts.POINTS)


def main(path, folder, count=8, *assignments):
    config = Siamban.Config.new_from_file(path)
    for assignment in assignments:
        config.set_from_string(assignment)
    os.makedirs(folder, exist_ok=True)

    dataset = Siamban.Dataset.new_from_config(config)
    print(f'{len(dataset)} samples')
    for index in range(min(int(count), len(dataset))):
        sample = dataset[index]
        labels = sample.label_cls
        print(f'{index}: {"negative" if sample.is_negative() else "positive"},'
              f' {(labels == 1).sum()} points of the target, {(labels == 0).sum()} of background')
        print(f'  template {sample.get_template_path()} {sample.get_template_box()}')
        print(f'  search   {sample.get_search_path()} {sample.get_box()}')
        with open(os.path.join(folder, f'sample-{index:06}.png'), 'wb') as file:
            file.write(sample.render(PARTS, 1).to_png().get_data())


main(*sys.argv[1:])
