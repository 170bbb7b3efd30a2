#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Single operations against PyTorch, alternately in one run.

usage: compare-ops.py BENCH_FOLDER [--only TEXT] [--batch N] [--pairs N] [--waiting passive|default]

BENCH_FOLDER holds the built bench programs; bench-ops lists the operations and says what is timed
around a gradient, which the opponent does as well. Prints milliseconds, the speed by the
multiplications and additions of a plain convolution, and the median of ours / theirs."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from alternate import Ratio, Server, alternate

try:
    import torch
except ImportError:
    print('PyTorch is not installed: nothing to compare with (python3-torch)')
    sys.exit(0)
from torch.nn import functional as F

from torch_siamban import correlate


class Opponent:
    """The operation by PyTorch; for a gradient with a loss behind it and, for that of the data, a
    batch norm that does not measure before it."""

    def __init__(self, op):
        self.op = op
        n, c, o, size = op['batch'], op['inputs'], op['outputs'], op['size']
        self.kind, self.direction = op['kind'], op['direction']
        self.x = torch.rand(n, c, op['map'], op['map']) * 2 - 1
        self.kernel = torch.rand(o, c, size, size) / 100 if self.kind == 'convolution' else None
        if self.kind == 'xcorr':
            self.kernel = torch.rand(n, c, size, size) * 2 - 1
        self.learns = self.direction == 'weights' and self.kind == 'convolution'
        if self.learns:
            self.kernel.requires_grad = True
        self.statistics = torch.zeros(c), torch.ones(c)
        self.affine = [torch.rand(c).requires_grad_() for _ in range(2)]
        self.measured = torch.zeros(c), torch.ones(c)
        self.norm = [torch.rand(c).requires_grad_() for _ in range(2)]
        with torch.no_grad():
            y = self.result()
        self.noise = torch.rand_like(y) * 2 - 1
        self.signs = torch.rand(2, o) / 100
        self.labels = torch.ones(n, dtype=torch.int64)

    def before(self, x):
        return F.batch_norm(x, *self.statistics, *self.affine, training=False)

    def result(self):
        x, kernel = self.x, self.kernel
        if self.direction == 'data':
            x = self.before(x)
        if self.kind == 'xcorr':
            return correlate(x, self.before(kernel) if self.direction == 'weights' else kernel)
        if self.kind == 'norm':
            return F.relu(F.batch_norm(x, *self.measured, *self.norm, training=True))
        return F.conv2d(x, kernel, None, self.op['stride'], self.op['padding'],
                        self.op['dilation'])

    def loss(self, y):
        scores = (y * self.noise).sum((2, 3)) @ self.signs.t()
        return 0.5 * F.cross_entropy(scores, self.labels)

    def __call__(self):
        for parameter in (self.kernel, *self.affine, *self.norm):
            if parameter is not None:
                parameter.grad = None
        begin = time.monotonic()
        if self.direction == 'forward' and self.kind != 'norm':
            with torch.no_grad():
                self.result()
        else:
            loss = self.loss(self.result())
            if self.direction != 'forward':
                begin = time.monotonic()
                loss.backward()
        return time.monotonic() - begin


def compare(options, op):
    program = options.bench + '/bench-ops'
    ours = Server(program, op['name'], '--direction', op['direction'], '--batch', op['batch'],
                  '--threads', options.threads)
    opponent = Opponent(op)
    runs = {'ours': lambda: ours.seconds(options.runs),
            'theirs': lambda: sum(opponent() for _ in range(options.runs)) / options.runs}
    alternate(runs, 1)
    times = alternate(runs, options.pairs)
    ours.close()
    flops = ours.description['flops']
    mine, theirs = (statistics.median(times[side]) for side in ('ours', 'theirs'))
    speeds = [f'{flops / t / 1e9:.0f}' if flops > 0 else '' for t in (mine, theirs)]
    ratio = Ratio(times['ours'], times['theirs'])
    print(f"| {op['name']} | {op['direction']} | {1e3 * mine:.2f} | {speeds[0]} | {1e3 * theirs:.2f} | "
          f'{speeds[1]} | {ratio} |', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('bench')
    parser.add_argument('--only', default='', help='operations whose name contains this')
    parser.add_argument('--batch', type=int, default=2)
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--runs', type=int, default=3, help='in a row, of each side of a pair')
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--waiting', default='passive', choices=('passive', 'default'),
                        help="how PyTorch's threads wait for each other")
    options = parser.parse_args()

    # OpenMP reads this when it is loaded, with PyTorch.
    if options.waiting == 'passive' and os.environ.get('OMP_WAIT_POLICY') != 'passive':
        os.environ['OMP_WAIT_POLICY'] = 'passive'
        os.execv(sys.executable, [sys.executable, *sys.argv])

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    print(f'PyTorch {torch.__version__}, {options.threads} threads on each side, PyTorch\'s wait for '
          f'each other as OMP_WAIT_POLICY={options.waiting}, {options.pairs} pairs\n')
    print('| operation | direction | ours, ms | GFLOP/s | PyTorch, ms | GFLOP/s | ratio |')
    print('| --- | --- | --- | --- | --- | --- | --- |')
    listed = subprocess.run([options.bench + '/bench-ops', 'list', '--batch', str(options.batch)],
                            capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        op = json.loads(line)
        if options.only in op['name']:
            compare(options, op)


if __name__ == '__main__':
    main()
