#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the train.json of a large data set, to measure how long a run takes to start.

usage: make-annotations.py FOLDER CROP [--videos N] [--frames N]

The boxes are made up. Every video shows the one crop file CROP, by links, so that a run on the
folder can take its first steps. Half of the videos have two tracks."""

import argparse
import os
import random


def track(rng, n_frames):
    x, y = rng.uniform(0, 900), rng.uniform(0, 500)
    w, h = rng.uniform(20, 300), rng.uniform(20, 200)
    frames = []
    for frame in range(n_frames):
        x, y = x + rng.gauss(0, 3), y + rng.gauss(0, 3)
        frames.append(f'"{frame:06d}": [{x:.2f}, {y:.2f}, {x + w:.2f}, {y + h:.2f}]')
    return '{' + ', '.join(frames) + '}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder')
    parser.add_argument('crop')
    parser.add_argument('--videos', type=int, default=100000)
    parser.add_argument('--frames', type=int, default=20)
    args = parser.parse_args()

    rng = random.Random(1)
    shared = os.path.join(args.folder, 'shared')
    os.makedirs(shared)
    for frame in range(args.frames):
        for name in ('00', '01'):
            os.symlink(os.path.abspath(args.crop), f'{shared}/{frame:06d}.{name}.x.jpg')
    with open(os.path.join(args.folder, 'train.json'), 'w', encoding='utf-8') as file:
        file.write('{')
        for video in range(args.videos):
            tracks = ', '.join(f'"{i:02d}": {track(rng, args.frames)}' for i in range(1 + video % 2))
            file.write(f'{", " if video else ""}"video-{video:06d}": {{{tracks}}}')
            os.symlink('shared', f'{args.folder}/video-{video:06d}')
        file.write('}')


if __name__ == '__main__':
    main()
