# SPDX-License-Identifier: Apache-2.0
"""SiamBAN in PyTorch, the opponent of the benchmarks: the networks of the shipped configurations,
written anew from their description."""

import os
import re

import torch
from torch import nn
from torch.nn import functional as F

from torch_backbones import conv_norm, mobilenet, relu, resnet

# What the configurations of these names say: stages that are used with their channels, channels
# of the head, stages that train from `epoch` on.
MOBILENET = {'stages': mobilenet, 'used': {'layer3': 32, 'layer5': 96, 'layer7': 320}, 'width': 128,
             'weighted': True, 'trained': ('layer4', 'layer5', 'layer6', 'layer7')}
NETWORKS = {
    'siamban_r50_l234': {'stages': lambda: resnet((3, 4, 6, 3), True),
                         'used': {'layer2': 512, 'layer3': 1024, 'layer4': 2048}, 'width': 256,
                         'weighted': True, 'trained': ('layer2', 'layer3', 'layer4'), 'epoch': 10},
    'siamban_mobilenetv2': {**MOBILENET, 'epoch': 10},
    'siamban_mobilenetv2_own': {**MOBILENET, 'epoch': 4},
    'siamban_r18_small': {'stages': lambda: resnet((2, 2), False, 0.5), 'used': {'layer2': 64},
                          'width': 64, 'weighted': False, 'trained': ('stem', 'layer1', 'layer2'),
                          'epoch': 0},
}


def network_of(config):
    """What stands above for a configuration file, by its name of the architecture."""
    with open(config, encoding='utf-8') as file:
        name = re.search(r"^META_ARC: *'?(\w+)", file.read(), re.MULTILINE).group(1)
    if name not in NETWORKS:
        raise SystemExit(f'{os.path.basename(config)}: {name} has no opponent, expected one of '
                         + ', '.join(NETWORKS))
    return NETWORKS[name]


class Stages(nn.Module):
    """Stages one after the other: the last result, then those in use."""

    def __init__(self, stages, used):
        super().__init__()
        self.stages = nn.ModuleDict(stages)
        self.used = used

    def forward(self, x):
        levels = []
        for name, stage in self.stages.items():
            x = stage(x)
            if name in self.used:
                levels.append(x)
        return (x, *levels)


def correlate(search, kernel):
    n, c = kernel.shape[:2]
    out = F.conv2d(search.reshape(1, n * c, *search.shape[2:]),
                   kernel.reshape(n * c, 1, *kernel.shape[2:]), groups=n * c)
    return out.reshape(n, c, *out.shape[2:])


class Branch(nn.Module):
    def __init__(self, width, n_out):
        super().__init__()
        self.conv_kernel = nn.Sequential(*conv_norm(width, width, 3), relu())
        self.conv_search = nn.Sequential(*conv_norm(width, width, 3), relu())
        self.head = nn.Sequential(*conv_norm(width, width, 1), relu(), nn.Conv2d(width, n_out, 1))

    def forward(self, kernel, x):
        return self.head(correlate(self.conv_search(x), kernel))


class SiamBAN(nn.Module):
    """With `trains`, the later stages of the backbone learn, else none does."""

    def __init__(self, network, trains):
        super().__init__()
        stages, used, width = network['stages'](), network['used'], network['width']
        first = [name in network['trained'] for name, _ in stages].index(True)
        first = first if trains else len(stages)
        self.frozen = Stages(stages[:first], used)
        self.trained = Stages(stages[first:], used)
        self.neck = nn.ModuleList([nn.Sequential(*conv_norm(c, width, 1)) for c in used.values()])
        self.cls = nn.ModuleList([Branch(width, 2) for _ in used])
        self.loc = nn.ModuleList([Branch(width, 4) for _ in used])
        weights = [torch.ones(len(used)) for _ in range(2)] if network['weighted'] else []
        self.level_weights = nn.ParameterList([nn.Parameter(w) for w in weights])
        self.loc_scale = nn.Parameter(torch.ones(len(used)))
        # A function, for others to put a faster one in its place.
        self.run_frozen = self.frozen.forward

        self.frozen.eval()
        for parameter in self.frozen.parameters():
            parameter.requires_grad = False

    def features(self, image):
        x, *levels = self.run_frozen(image) if len(self.frozen.stages) > 0 else (image,)
        if len(self.trained.stages) > 0:
            levels += self.trained(x)[1:]
        levels = [neck(level) for neck, level in zip(self.neck, levels)]
        return [f[:, :, 4:11, 4:11] if f.shape[3] < 20 else f for f in levels]

    def kernels(self, template):
        """What the head needs of the template, for each branch and level."""
        zs = self.features(template)
        return [branch.conv_kernel(z) for branches in (self.cls, self.loc)
                for branch, z in zip(branches, zs)]

    def head(self, kernels, xs):
        n = len(xs)
        cls = [branch(k, x) for branch, k, x in zip(self.cls, kernels[:n], xs)]
        loc = [torch.exp(branch(k, x) * s)
               for branch, k, x, s in zip(self.loc, kernels[n:], xs, self.loc_scale)]
        return self.combine(cls, 0), self.combine(loc, 1)

    def combine(self, levels, index):
        if len(self.level_weights) == 0:
            return sum(levels) / len(levels)
        weight = F.softmax(self.level_weights[index], 0)
        return sum(level * w for level, w in zip(levels, weight))

    def track(self, search, *kernels):
        return self.head(kernels, self.features(search))

    def forward(self, template, search, label_cls, label_loc):
        cls, loc = self.head(self.kernels(template), self.features(search))
        return loss(cls, loc, label_cls, label_loc)


def loss(cls, loc, label_cls, label_loc):
    log_p = F.log_softmax(cls, 1)
    label = label_cls.reshape(-1)
    nll = [-log_p[:, k].reshape(-1)[label == k].mean() for k in (0, 1)]
    p = loc.permute(0, 2, 3, 1).reshape(-1, 4)[label == 1]
    t = label_loc.permute(0, 2, 3, 1).reshape(-1, 4)[label == 1]
    low = torch.min(p, t)
    shared = area(low)
    iou = (shared + 1) / (area(p) + area(t) - shared + 1)
    return 0.5 * (nll[0] + nll[1]) + (1 - iou).mean()


def area(distances):
    return (distances[:, 0] + distances[:, 2]) * (distances[:, 1] + distances[:, 3])
