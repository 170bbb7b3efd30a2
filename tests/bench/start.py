#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long a training takes to start: from the start of the process to its first iteration.

usage: start.py SIAMBAN CONFIG FOLDER [--runs N] [--batch N] [--pretrained FILE] [--cold]
                [--no-preflight]

FOLDER holds a train.json and crops, as make-annotations.py writes them. --cold forgets before each
run what the system has cached of the annotations and of the weights in FILE."""

import argparse
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time

# What the log says when a part is done, in its order.
PARTS = [
    ('program, options, new weights', re.compile(r'^Run ')),
    ('folder, configuration', re.compile(r'build train dataset$')),
    ('annotations', re.compile(r'build dataset done$')),
    ('pretrained weights, preflight, plan of the network', re.compile(r'model prepare done$')),
]
ITERATION = re.compile(r'^Epoch: \[1\]\[1/')
TIMES = re.compile(r'batch_time: ([0-9.]+).*data_time: ([0-9.]+)')


def forget(path):
    """Clean pages only, which files that nobody writes have."""
    with open(path, 'rb') as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def command(args, output):
    settings = [
        'DATASET.NAMES=[SYNTH]',
        f'DATASET.SYNTH.ROOT={args.folder}',
        f'DATASET.SYNTH.ANNO={args.folder}/train.json',
        'DATASET.SYNTH.FRAME_RANGE=100',
        'DATASET.SYNTH.NUM_USE=-1',
        f'BACKBONE.PRETRAINED={args.pretrained}',
        f'TRAIN.BATCH_SIZE={args.batch}',
        'TRAIN.PRINT_FREQ=1',
    ]

    return [args.siamban, 'train', args.config, '--output', output] + [
        word for setting in settings for word in ('--set', setting)
    ] + ['--no-preflight'] * args.no_preflight


def start(args):
    """The parts' ends, the start of the first iteration and its end, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        process = subprocess.Popen(command(args, os.path.join(folder, 'run')), stdout=subprocess.PIPE,
                                   text=True)
        ends, done = [], None
        for line in process.stdout:
            now = time.monotonic() - begin
            if len(ends) < len(PARTS) and PARTS[len(ends)][1].search(line.rstrip()):
                ends.append(now)
            if ITERATION.search(line):
                done = now
            times = TIMES.search(line)
            if done is not None and times:
                break
        else:
            raise SystemExit(f'{args.siamban} ended before its first iteration: {process.wait()}')
        process.send_signal(signal.SIGKILL)
        process.wait()

        batch_time, data_time = float(times[1]), float(times[2])

        return ends + [done - batch_time + data_time, done]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('siamban')
    parser.add_argument('config')
    parser.add_argument('folder')
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--batch', type=int, default=2)
    parser.add_argument('--pretrained', default='')
    parser.add_argument('--cold', action='store_true')
    parser.add_argument('--no-preflight', action='store_true')
    args = parser.parse_args()

    runs = []
    for _ in range(args.runs):
        if args.cold:
            for path in [f'{args.folder}/train.json'] + [args.pretrained] * bool(args.pretrained):
                forget(path)
        runs.append(start(args))

    names = [name for name, _ in PARTS] + ['first batch', f'first iteration, {args.batch} pairs']
    before = 0
    print(f'seconds, median of {args.runs}')
    for i, name in enumerate(names):
        if i == len(names) - 1:
            print(f'{before:8.2f}  process start to first iteration')
        end = statistics.median(run[i] for run in runs)
        print(f'{end - before:8.2f}  {name}')
        before = end


if __name__ == '__main__':
    main()
