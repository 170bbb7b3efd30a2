#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a training step should take on a graphics card, and on many: arithmetic, not measurement.

usage: predict-gpu.py BENCH_LAYERS CONFIG [--batch N] [--precision tf32|float32|bf16] ...

The step is that of the engine `cuda`: operation by operation, each with the greater of the time for its
arithmetic and for its bytes; in frozen parts batch norms, additions and activations are part of the
convolution before them. The gradients of a bucket are summed over the devices as soon as the backward
pass has finished them, one bucket after another, in rings or trees, whatever takes less time. Every
assumption is an option, and printed."""

import argparse
import json
import math
import subprocess

RATES = {'float32': 42e12, 'tf32': 200e12, 'bf16': 400e12}
STAGES = ('backbone.conv1', 'backbone.layer1', 'backbone.layer2', 'backbone.layer3', 'backbone.layer4',
          'neck', 'head')
COUNTS = (1, 2, 4, 8, 16, 64, 256, 1000)


class Step:
    """Seconds and bytes of each operation, forward and backward."""

    def __init__(self, options, epoch):
        text = subprocess.run([options.layers, options.config, '--epoch', str(epoch)],
                              check=True, capture_output=True, text=True).stdout
        self.options = options
        self.nodes = [json.loads(line) for line in text.splitlines()]
        self.size = 2 if options.precision == 'bf16' else 4
        self.rate = RATES[options.precision]
        self.gradients = set()
        stage = STAGES[0]
        for node in self.nodes:
            stage = next((s for s in STAGES if node['weight'].startswith(s)), stage)
            node['stage'] = stage
            if node['trained'] or any(i['gradient'] for i in node['inputs']):
                self.gradients.add(node['value'])
            node['forward'] = self.forward(node)
            node['backward'] = self.backward(node)

    def cost(self, node, passes, elements, weights=0):
        """(seconds, flops, bytes): elements are those of one pair."""
        batch = self.options.batch
        flops = passes * node['flops'] * batch
        n_bytes = elements * self.size * batch + weights * 4
        return max(flops / self.rate, n_bytes / self.options.memory), flops, n_bytes

    def forward(self, node):
        read = sum(i['elements'] for i in node['inputs'])
        fused = node['value'] not in self.gradients
        if fused and node['op'] in ('batch norm', 'activation'):
            return 0, 0, 0
        if fused and node['op'] == 'add':
            return self.cost(node, 0, node['inputs'][1]['elements'])
        if node['op'] == 'batch norm':
            read *= 2  # statistics, then the result
        return self.cost(node, 1, read + node['elements'], node['weights'])

    def backward(self, node):
        if node['value'] not in self.gradients:
            return 0, 0, 0
        total = [0, 0, 0]
        passes = [i for i in node['inputs'] if i['gradient']]
        convolution = node['op'] in ('convolution', 'xcorr')
        for given in passes:
            reads = node['elements'] * (2 if node['op'] == 'batch norm' else 1)
            reads += given['elements'] * {'batch norm': 2, 'add': 0}.get(node['op'], 1)
            cost = self.cost(node, 1 if convolution else 0, reads + given['elements'], node['weights'])
            total = [a + b for a, b in zip(total, cost)]
        if node['trained'] and node['op'] == 'convolution':
            reads = node['elements'] + sum(i['elements'] for i in node['inputs'])
            total = [a + b for a, b in zip(total, self.cost(node, 1, reads, node['weights']))]
        return tuple(total)

    @property
    def weights(self):
        return {n['weight']: n['weights'] for n in self.nodes if n['trained']}

    def update(self):
        """Gradient, momentum and weight are read, two of them written; the norm reads once more."""
        return 6 * 4 * sum(self.weights.values()) / self.options.memory

    def seconds(self):
        return sum(n['forward'][0] + n['backward'][0] for n in self.nodes) + self.update()

    def finished(self):
        """When each weight's gradient is complete, seconds before the end of the backward pass.

        Both branches of the network have the same weights: the later one counts."""
        rest, when = 0, {}
        for node in self.nodes:
            if node['trained']:
                when.setdefault(node['weight'], rest)
            rest += node['backward'][0]
        return when

    def buckets(self):
        """(seconds before the end, bytes), in the order of the backward pass."""
        made, size, when = [], 0, self.finished()
        for name, ready in sorted(when.items(), key=lambda item: -item[1]):
            size += 4 * self.weights[name]
            if size >= self.options.bucket:
                made.append((ready, size))
                size = 0
        if size > 0:
            made.append((min(when.values()), size))
        return made


def all_reduce(options, n_bytes, n_devices):
    """Seconds for one sum, in the better of a ring and a tree."""
    if n_devices == 1:
        return 0
    machines = math.ceil(n_devices / options.devices)
    width = options.nvlink if machines == 1 else min(options.nvlink, options.network)
    latency = options.nvlink_latency if machines == 1 else options.network_latency
    transfer = 2 * (n_devices - 1) / n_devices * n_bytes / width
    local = min(n_devices, options.devices)
    ring = 2 * (n_devices - 1) * latency
    tree = 2 * (math.log2(machines) * options.network_latency + (local - 1) * options.nvlink_latency)
    return transfer + min(ring, tree)


def waiting(options, step, n_devices):
    """Seconds after the backward pass until the last sum is there."""
    end = -math.inf
    for ready, n_bytes in step.buckets():
        end = max(end, -ready) + all_reduce(options, n_bytes, n_devices)
    return max(end, 0)


def print_roofline(step):
    print('| part | GFLOP | MB | FLOP/byte | ms | bound by |\n| --- | --- | --- | --- | --- | --- |')
    batch = step.options.batch
    for stage in STAGES:
        costs = [n[p] for n in step.nodes if n['stage'] == stage for p in ('forward', 'backward')]
        seconds, flops, n_bytes = (sum(c[i] for c in costs) for i in range(3))
        arithmetic = sum(c[0] for c in costs if c[1] / step.rate >= c[2] / step.options.memory)
        print(f'| {stage} | {flops / batch / 1e9:.1f} | {n_bytes / batch / 1e6:.0f} | '
              f'{flops / n_bytes:.0f} | {1e3 * seconds:.1f} | '
              f'arithmetic for {arithmetic / seconds:.0%} |')
    print(f'| update | | {step.update() * step.options.memory / batch / 1e6:.0f} | | '
          f'{1e3 * step.update():.1f} | |')
    seconds = step.seconds()
    print(f'| **step** | | | | **{1e3 * seconds:.0f}** | {batch / seconds:.0f} pairs/s |')


def print_scaling(options, step):
    buckets = step.buckets()
    alone = step.seconds()
    print(f'{sum(step.weights.values())} weights of convolutions and norms, '
          f'{4 * sum(step.weights.values()) / 1e6:.1f} MB of gradients in {len(buckets)} '
          f'sums, the first {1e3 * buckets[0][0]:.1f} ms before the end of the backward pass\n')
    print('| devices | sums, ms | waited for, ms | step, ms | pairs/s | efficiency |')
    print('| --- | --- | --- | --- | --- | --- |')
    for n in COUNTS:
        total = sum(all_reduce(options, size, n) for _, size in buckets)
        wait = waiting(options, step, n)
        print(f'| {n} | {1e3 * total:.1f} | {1e3 * wait:.1f} | {1e3 * (alone + wait):.1f} | '
              f'{n * options.batch / (alone + wait):.0f} | {alone / (alone + wait):.0%} |')


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('layers', help='the program bench-layers')
    parser.add_argument('config')
    parser.add_argument('--batch', type=int, default=28, help='pairs a device')
    parser.add_argument('--precision', choices=RATES, default='tf32')
    parser.add_argument('--epochs', type=int, nargs='*', default=[0, 10])
    parser.add_argument('--memory', type=float, default=2.5e12, help='bytes/s')
    parser.add_argument('--bucket', type=float, default=25 * 2 ** 20, help='bytes')
    parser.add_argument('--devices', type=int, default=8, help='in a machine')
    parser.add_argument('--nvlink', type=float, default=350e9, help='bytes/s of a ring in a machine')
    parser.add_argument('--network', type=float, default=300e9, help='bytes/s between two machines')
    parser.add_argument('--nvlink-latency', type=float, default=3e-6, help='seconds a hop')
    parser.add_argument('--network-latency', type=float, default=12e-6, help='seconds a hop')
    return parser.parse_args()


def main():
    options = parse()
    print(f'{options.batch} pairs a device; {options.precision} at '
          f'{RATES[options.precision] / 1e12:.0f} TFLOP/s, memory {options.memory / 1e12:.1f} TB/s; '
          f'{options.devices} devices a machine, {options.nvlink / 1e9:.0f} GB/s and '
          f'{1e6 * options.nvlink_latency:.0f} µs inside, {options.network / 1e9:.1f} GB/s and '
          f'{1e6 * options.network_latency:.0f} µs between machines')
    for epoch in options.epochs:
        step = Step(options, epoch)
        print(f'\nEpoch {epoch + 1}\n')
        print_roofline(step)
        print()
        print_scaling(options, step)


if __name__ == '__main__':
    main()
