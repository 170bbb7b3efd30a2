#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Training step and tracking against PyTorch, alternately in one run.

usage: compare.py BENCH_STEP CONFIG [--pairs N] [--batch N ...]

BENCH_STEP is the built `bench-step`, CONFIG is configs/siamban_r50_l234.yaml, whose network the
opponent has. Prints, for each work, the medians and the median of the ratios of the pairs."""

import argparse
import os
import statistics
import subprocess
import sys
import time

try:
    import torch
except ImportError:
    print('PyTorch is not installed: nothing to compare with (python3-torch)')
    sys.exit(0)

from torch_siamban import SiamBAN


class Ours:
    """The C program, serving one step a line."""

    def __init__(self, program, config, *options):
        self.process = subprocess.Popen([program, config, *map(str, options)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self):
        self.process.stdin.write('1\n')
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class TorchStep:
    """One step as the original takes it: eager, SGD with momentum, gradients clipped."""

    def __init__(self, batch, train_backbone, tuned):
        torch.manual_seed(1)
        self.model = SiamBAN()
        self.model.set_phase(train_backbone)
        parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.SGD(parameters, 1e-6, 0.9, weight_decay=1e-4, foreach=tuned)
        self.parameters = parameters
        self.inputs = (torch.rand(batch, 3, 127, 127) * 255, torch.rand(batch, 3, 255, 255) * 255,
                       torch.full((batch, 25, 25), -1), torch.rand(batch, 4, 25, 25) * 50 + 5)
        flat = self.inputs[2].view(-1)
        flat[::13] = 0
        flat[::40] = 1
        self.tuned = tuned

    def __call__(self):
        begin = time.monotonic()
        loss = self.model(*self.inputs)
        self.optimizer.zero_grad(set_to_none=self.tuned)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 10)
        self.optimizer.step()
        return time.monotonic() - begin

    def close(self):
        pass


class TorchTrack:
    def __init__(self, tuned):
        torch.manual_seed(1)
        self.model = SiamBAN().eval()
        self.search = torch.rand(1, 3, 255, 255) * 255
        with torch.no_grad():
            self.template = self.model.features(torch.rand(1, 3, 127, 127) * 255)
            if tuned:
                self.features = torch.jit.freeze(torch.jit.trace(self.model.features_module(),
                                                                 self.search))
            else:
                self.features = self.model.features

    def __call__(self):
        begin = time.monotonic()
        with torch.no_grad():
            self.model.head(self.template, self.features(self.search))
        return time.monotonic() - begin

    def close(self):
        pass


class Features(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        return tuple(self.model.features(image))


SiamBAN.features_module = lambda self: Features(self).eval()


def compare(title, ours, opponents, n_pairs):
    for opponent in opponents.values():
        opponent()
    times = {name: [] for name in ('ours', *opponents)}
    for _ in range(n_pairs):
        times['ours'].append(ours())
        for name, opponent in opponents.items():
            times[name].append(opponent())
    ours.close()
    text = f"{title:34s} ours {statistics.median(times['ours']):.3f} s"
    for name in opponents:
        ratio = statistics.median(a / b for a, b in zip(times['ours'], times[name]))
        text += f'   {name} {statistics.median(times[name]):.3f} s, ratio {ratio:.2f}'
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('config')
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--batch', type=int, nargs='*', default=[2, 4])
    options = parser.parse_args()
    # Some builds of PyTorch see one core of a virtual machine only.
    torch.set_num_threads(os.cpu_count())
    print(f'PyTorch {torch.__version__}, {os.cpu_count()} threads, {options.pairs} pairs, '
          'seconds are medians, the ratio is the median of ours / theirs')

    compare('track, 255 search', Ours(options.program, options.config, '--track'),
            {'eager': TorchTrack(False), 'jit frozen': TorchTrack(True)}, options.pairs)
    for batch in options.batch:
        for title, epoch, trains in (('frozen backbone', 0, False), ('layers 2-4 training', 10, True)):
            compare(f'{title}, batch {batch}',
                    Ours(options.program, options.config, '--batch', batch, '--epoch', epoch),
                    {'eager': TorchStep(batch, trains, False),
                     'foreach': TorchStep(batch, trains, True)}, options.pairs)


if __name__ == '__main__':
    main()
