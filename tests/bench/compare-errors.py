#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The errors of single convolutions against float64, ours beside plain sums and PyTorch's.

usage: compare-errors.py BENCH_FOLDER CONFIG

BENCH_FOLDER holds the built bench programs. Prints a table in Markdown: relative root mean squares
of the errors of our default choice, of oneDNN's direct convolution, and of PyTorch, which makes the
same convolution of other noise of the same kind. The last line has the largest ratios."""

import json
import os
import subprocess
import sys

# OpenMP reads this when it is loaded, with PyTorch.
os.environ.setdefault('OMP_WAIT_POLICY', 'passive')

try:
    import torch
    from torch.nn import functional as F
except ImportError:
    torch = None


# Channels that the truth is computed for.
N_CHECKED = 16


def relative(found, truth):
    errors = sum((a.double() - b).pow(2).sum() for a, b in zip(found, truth))
    return (errors / sum(b.pow(2).sum() for b in truth)).sqrt().item()


def normalize(ys, norm):
    mean, variance, scale, shift = (values[:ys[0].shape[1]] for values in norm)
    return [F.batch_norm(y, mean, variance, scale, shift) for y in ys]


def measure_torch(layer):
    """Of each direction."""
    torch.manual_seed(1)
    n, c, o, k = (layer[key] for key in ('batch', 'inputs', 'outputs', 'size'))
    how = {key: layer[key] for key in ('stride', 'padding', 'dilation')}
    xs = [(torch.rand(n, c, size, size) * 2 - 1).clamp(min=0) for size in layer['maps'] if size > 0]
    weight = (torch.rand(o, c, k, k) * 2 - 1) * (3 / (c * k * k)) ** 0.5
    norm = (torch.rand(o) * 0.6 - 0.3, torch.rand(o) * 0.2 + 0.1, torch.rand(o) + 0.5,
            torch.rand(o) * 0.6 - 0.3)
    some = slice(0, N_CHECKED)
    for tensor in (*xs, weight):
        tensor.requires_grad_(not layer['frozen'])
    ys = [F.conv2d(x, weight, **how) for x in xs]
    exact = [F.conv2d(x.detach().double(), weight.detach()[some].double(), **how) for x in xs]
    if layer['frozen']:
        ys = normalize(ys, norm)
        exact = normalize(exact, [values.double() for values in norm])
        return {'forward': relative([y[:, some] for y in ys], exact)}

    gradients = [torch.rand_like(y) * 2 - 1 for y in ys]
    torch.autograd.backward(ys, gradients)
    wide = weight.detach()[:, some].double()
    data = [torch.nn.grad.conv2d_input(x[:, some].shape, wide, g.double(), **how)
            for x, g in zip(xs, gradients)]
    weights = sum(torch.nn.grad.conv2d_weight(x.detach()[:, some].double(), wide[some].shape,
                                              g[:, some].double(), **how)
                  for x, g in zip(xs, gradients))
    return {'forward': relative([y.detach()[:, some] for y in ys], exact),
            'data gradient': relative([x.grad[:, some] for x in xs], data),
            'weight gradient': relative([weight.grad[some, some]], [weights])}


def title(layer):
    maps = ' + '.join(str(size) for size in layer['maps'] if size > 0)
    text = f"{layer['size']} × {layer['size']}, {layer['inputs']} → {layer['outputs']}"
    if layer['stride'] > 1:
        text += f", stride {layer['stride']}"
    if layer['dilation'] > 1:
        text += f", dilation {layer['dilation']}"
    return f'{text}, maps {maps}'


def method(choice):
    """The way alone, without what is done along with it."""
    for part in choice.split(' + ')[0].split(', '):
        if 'Winograd' in part:
            return part
        if 'gradient' not in part and 'branches' not in part:
            return 'direct'
    return choice


def cell(row):
    return '' if row is None else ' / '.join(f'{error:.1e}' for error in row)


def main():
    program = os.path.join(sys.argv[1], 'bench-errors')
    text = subprocess.run([program, sys.argv[2]], check=True, capture_output=True, text=True).stdout
    kinds = {}
    for line in text.splitlines():
        layer = json.loads(line)
        kinds.setdefault((layer['frozen'], layer['name']), []).append(layer)

    directions = ('forward', 'data gradient', 'weight gradient')
    print(f'| layer (how many) | done by | {" | ".join(directions)} |\n| --- | --- | --- | --- | --- |')
    worst = {}
    for (frozen, name), layers in kinds.items():
        theirs = measure_torch(layers[0]) if torch is not None else {}
        rows = {layer['direction']: [layer['error'], layer['plain'],
                                     *([theirs[layer['direction']]] if theirs else [])]
                for layer in layers}
        for direction, row in rows.items():
            ratio = row[0] / min(row[1:])
            worst[direction] = max(worst.get(direction, (0, '')), (ratio, name))
        methods = list(dict.fromkeys(method(layer['choice']) for layer in layers))
        print(f"| {name.replace('.weight', '')} ({layers[0]['count']}): {title(layers[0])}"
              f"{', frozen' if frozen else ''} | {', '.join(methods)} | "
              + ' | '.join(cell(rows.get(direction)) for direction in directions) + ' |', flush=True)
    print(f'\nPyTorch {torch.__version__ if torch is not None else "is not installed"}. '
          'The largest ratios of ours to the smaller of the others: '
          + ', '.join(f'{direction} {ratio:.1f} ({name})'
                      for direction, (ratio, name) in worst.items()))


if __name__ == '__main__':
    main()
