#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One opponent of the benchmarks, in a process of its own. It serves as the C programs do: first a
line that describes it, then an answer to each line of standard input.

usage: torch_serve.py CONFIG WORK VARIANT [--batch N] [--threads N]

WORK is frozen or trained (a step without and with the backbone learning), track or tracker (the
network alone, and all of it), or peak (a product of matrices; CONFIG and VARIANT do not matter)."""

import argparse
import importlib
import json
import os
import sys
import time

import torch

from torch_siamban import SiamBAN, network_of

# Each is what a user can change without touching the network, from "as the original runs" on.
# The tuned ones all have the optimiser that works on all weights at once, gradients that are not
# zeroed but dropped; most run frozen stages without recording anything.
STEPS = {
    'eager': (),
    'foreach': ('foreach',),
    'no_grad': ('foreach', 'no_grad'),
    'channels_last': ('foreach', 'no_grad', 'channels_last'),
    'jit': ('foreach', 'no_grad', 'jit'),
    # The compiler takes the frozen stages along, without gradients as they need none.
    'compile': ('foreach', 'compile'),
}
TRACKS = {
    'eager': (),
    'inference_mode': ('inference',),
    'channels_last': ('channels_last',),
    'jit': ('jit',),
    'jit_optimized': ('jit', 'optimize'),
    'jit_channels_last': ('jit', 'optimize', 'channels_last'),
    'compile': ('compile',),
}


def freeze(module, inputs, optimize):
    """A module without gradients, compiled with its weights as constants."""
    with torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(module.eval(), inputs))
        return torch.jit.optimize_for_inference(traced) if optimize else traced


class Step:
    """SGD with momentum on one batch, the norm of all gradients clipped."""

    def __init__(self, network, batch, trains, traits):
        self.model = SiamBAN(network, trains)
        self.traits = traits
        inputs = [torch.rand(batch, 3, size, size) * 255 for size in (127, 255)]
        labels = torch.full((batch, 25, 25), -1)
        flat = labels.view(-1)
        flat[::13] = 0
        flat[::40] = 1
        if 'channels_last' in traits:
            self.model = self.model.to(memory_format=torch.channels_last)
            inputs = [x.contiguous(memory_format=torch.channels_last) for x in inputs]
        self.inputs = (*inputs, labels, torch.rand(batch, 4, 25, 25) * 50 + 5)
        if 'no_grad' in traits and len(self.model.frozen.stages) > 0:
            self.model.run_frozen = self.faster(self.model.frozen, inputs[1])
        if 'compile' in traits:
            self.model.features = torch.compile(self.model.features, dynamic=False)
            self.model.head = torch.compile(self.model.head, dynamic=False)
        foreach = {'foreach': True} if 'foreach' in traits else {}
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.SGD(self.parameters, 1e-6, 0.9, weight_decay=1e-4, **foreach)

    def faster(self, frozen, example):
        run = freeze(frozen, example, True) if 'jit' in self.traits else frozen
        return torch.no_grad()(lambda image: run(image))

    def __call__(self):
        begin = time.monotonic()
        loss = self.model(*self.inputs)
        if 'foreach' in self.traits:
            self.optimizer.zero_grad(set_to_none=True)
        else:
            self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 10)
        self.optimizer.step()
        loss.item()
        return time.monotonic() - begin


class Whole(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, search, *kernels):
        return self.model.track(search, *kernels)


class Track:
    """The network on one search image."""

    def __init__(self, network, traits):
        self.model = SiamBAN(network, False).eval()
        # Noise must not lead to boxes without bounds.
        for branch in (*self.model.cls, *self.model.loc):
            torch.nn.init.zeros_(branch.head[3].weight)
        search = torch.rand(1, 3, 255, 255) * 255
        template = torch.rand(1, 3, 127, 127) * 255
        if 'channels_last' in traits:
            self.model = self.model.to(memory_format=torch.channels_last)
            search = search.contiguous(memory_format=torch.channels_last)
        self.search = search
        self.mode = torch.inference_mode if 'inference' in traits else torch.no_grad
        with torch.no_grad():
            self.kernels = tuple(self.model.kernels(template))
        self.run = self.model.track
        if 'jit' in traits:
            self.run = freeze(Whole(self.model), (search, *self.kernels), 'optimize' in traits)
        if 'compile' in traits:
            inductor = importlib.import_module('torch._inductor.config')
            inductor.freezing = True
            self.run = torch.compile(self.model.track, dynamic=False)

    def __call__(self):
        begin = time.monotonic()
        with self.mode():
            self.run(self.search, *self.kernels)
        return time.monotonic() - begin

    def show(self, template):
        """Another template."""
        with self.mode():
            self.kernels = tuple(self.model.kernels(template))

    def look(self, search):
        """The maps of a search image."""
        with self.mode():
            return self.run(search, *self.kernels)


class Peak:
    """The seconds of one product, as its line tells the operations."""

    def __init__(self):
        self.a, self.b = torch.rand(2048, 2048), torch.rand(2048, 2048)

    def __call__(self):
        begin = time.monotonic()
        torch.mm(self.a, self.b)
        return time.monotonic() - begin


def make(options):
    network = network_of(options.config) if options.work != 'peak' else None
    if options.work == 'peak':
        return Peak(), {'flops': 2 * 2048 ** 3}
    if options.work in ('track', 'tracker'):
        traits = TRACKS[options.variant]
        work = Track(network, traits)
        if options.work == 'tracker':
            from torch_track import Tracker
            work = Tracker(work)
            model = work.network.model
        else:
            model = work.model
    else:
        work = Step(network, options.batch, options.work == 'trained', STEPS[options.variant])
        model = work.model
    return work, {'weights': sum(p.numel() for p in model.parameters())}


def peak_memory():
    with open('/proc/self/status', encoding='ascii') as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith('VmHWM'))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument('work')
    parser.add_argument('variant')
    parser.add_argument('--batch', type=int, default=2)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    options = parser.parse_args()

    # Some builds of PyTorch see one core of a virtual machine only.
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    before = peak_memory()
    work, description = make(options)
    for _ in range(1 if options.work != 'peak' and 'jit' not in options.variant else 3):
        work()
    print(json.dumps({**description, 'version': torch.__version__, 'library': before}), flush=True)
    for line in sys.stdin:
        if line.startswith('memory'):
            print(peak_memory(), flush=True)
        else:
            n = int(line)
            print(sum(work() for _ in range(n)) / n, flush=True)


if __name__ == '__main__':
    main()
