#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Training steps and tracking against PyTorch, alternately in one run.

usage: compare.py BENCH_FOLDER CONFIG [--work NAME ...] [--batch N ...] [--pairs N]
                  [--variants NAME ...] [--waiting passive|default] [--python PROGRAM]

BENCH_FOLDER holds the built bench programs. CONFIG is one of the shipped configurations, whose
network the opponent has. Works are track (the network on one search image), tracker (with the crop
and the choice among the boxes), frozen and trained (a step without and with the backbone learning).

Each side is a process of its own that makes only that work, with the same number of threads. The
opponents are PyTorch as the original runs it, "eager", and tuned in several ways (torch_serve.py);
the best of them is the one with the lowest median. Ratios are medians of ours / theirs over the
pairs. A turn lasts a third of a second or more: a lone frame of a small network would be timed with
cold caches and a processor that just woke up. Memory is the most that a process ever had, libraries included."""

import argparse
import functools
import json
import math
import os
import statistics
import subprocess
import sys

from alternate import Ratio, Server, alternate

FOLDER = os.path.dirname(os.path.abspath(__file__))


def torch_server(options, work, variant, batch=2):
    return Server(options.python, '-W', 'ignore', os.path.join(FOLDER, 'torch_serve.py'),
                  options.config, work, variant, '--batch', batch, '--threads', options.threads,
                  waiting=options.waiting)


def our_server(options, work, batch, epoch):
    threads = ('--threads', options.threads)
    if work == 'track':
        return Server(options.bench + '/bench-track', options.config, '--network', *threads)
    if work == 'tracker':
        return Server(options.bench + '/bench-track', options.config, *threads)
    return Server(options.bench + '/bench-step', options.config, '--batch', batch, '--epoch', epoch,
                  *threads)


def measure_peak(options):
    """Operations a second, and how they were reached."""
    peaks = {}
    program = options.bench + '/bench-peak'
    if os.path.exists(program):
        text = subprocess.run([program, str(options.threads)], capture_output=True, text=True,
                              check=True).stdout
        found = json.loads(text)
        peaks = {'fused multiply-adds': found['fused'], 'oneDNN sgemm': found['product']}
    product = torch_server(options, 'peak', 'eager')
    peaks['PyTorch sgemm'] = product.description['flops'] / min(product.seconds() for _ in range(9))
    product.close()
    return max((value, name) for name, value in peaks.items()), peaks


def start_opponents(options, work, batch, variants):
    opponents = {}
    for variant in variants:
        server = torch_server(options, work, variant, batch)
        if server.works:
            opponents[variant] = server
        else:
            server.close()
            print(f'  {variant}: does not run here')
    return opponents


def runs_of_a_turn(server):
    server.seconds()
    return math.ceil(1 / 3 / server.seconds(3))


def compare(options, work, batch, epoch, variants, peak):
    ours = our_server(options, work, batch, epoch)
    opponents = start_opponents(options, work, batch, variants)
    if not ours.works or 'eager' not in opponents:
        sys.exit('A side does not run')
    for name, server in opponents.items():
        if server.description['weights'] != ours.description['weights']:
            sys.exit(f'{name} has {server.description["weights"]} weights, '
                     f'ours {ours.description["weights"]}')

    times = alternate({name: functools.partial(server.seconds, runs_of_a_turn(server))
                       for name, server in (('ours', ours), *opponents.items())}, options.pairs)
    memory = {name: server.memory() for name, server in (('ours', ours), *opponents.items())}
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = {name: Ratio(times['ours'], times[name]) for name in opponents}
    flops = ours.description['flops']
    title = work if work.startswith('track') else f'{work}, batch {batch}'
    print(f'{title}\n  {"":18s}{"ms":>8s}  {"GFLOP/s":>7s}  {"of peak":>7s}  {"MiB":>6s}  ratio')
    for name in times:
        rate = flops / medians[name]
        print(f'  {name:18s}{1e3 * medians[name]:8.1f}  {rate / 1e9:7.0f}  {rate / peak:7.0%}  '
              f'{memory[name] / 2 ** 20:6.0f}  {ratios.get(name, "")}')
    tuned = [name for name in opponents if name != 'eager']
    text = f'  eager {ratios["eager"]}'
    if tuned:
        best = min(tuned, key=lambda name: medians[name])
        text += f', best tuned ({best}) {ratios[best]}'
    print(text + f', memory of eager {memory["ours"] / memory["eager"]:.2f}', flush=True)
    for server in (ours, *opponents.values()):
        server.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('bench')
    parser.add_argument('config')
    parser.add_argument('--work', nargs='*', default=['track', 'tracker', 'frozen', 'trained'])
    parser.add_argument('--batch', type=int, nargs='*', default=[2, 4])
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--variants', nargs='*', help='of torch_serve.py; without, all but compile')
    parser.add_argument('--waiting', default='passive', choices=('passive', 'default'),
                        help="how PyTorch's threads wait for each other")
    parser.add_argument('--python', default=sys.executable, help='one that has PyTorch')
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    options = parse()
    if subprocess.run([options.python, '-c', 'import torch'], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        print(f'{options.python} has no PyTorch: nothing to compare with (python3-torch)')
        return
    text = subprocess.run([options.python, '-c',
                           'import sys, json; sys.path.insert(0, sys.argv[1])\n'
                           'import torch, torch_serve as s, torch_siamban as t\n'
                           'n = t.network_of(sys.argv[2])\n'
                           'print(json.dumps([torch.__version__, list(s.STEPS), list(s.TRACKS), '
                           'n["epoch"]]))', FOLDER, options.config],
                          check=True, capture_output=True, text=True).stdout
    version, steps, tracks, epoch = json.loads(text)
    (peak, name), peaks = measure_peak(options)
    print(f'PyTorch {version}, {options.threads} threads on each side, PyTorch\'s wait for each '
          f'other as OMP_WAIT_POLICY={options.waiting}, {options.pairs} pairs')
    print('peak: ' + ', '.join(f'{k} {v / 1e9:.0f} GFLOP/s' for k, v in peaks.items())
          + f'; shares are of {name}')

    for work in options.work:
        available = tracks if work.startswith('track') else steps
        variants = [v for v in available if v != 'compile']
        if options.variants is not None:
            variants = ['eager'] + [v for v in options.variants if v in available and v != 'eager']
        if work == 'frozen' and epoch == 0:
            continue
        for batch in [1] if work.startswith('track') else options.batch:
            compare(options, work, batch, epoch if work == 'trained' else 0, variants, peak)


if __name__ == '__main__':
    main()
