# SPDX-License-Identifier: Apache-2.0
"""SiamBAN in PyTorch, the opponent of the benchmarks: the network of siamban_r50_l234, written anew
from its description, with the original's parameter names."""

import torch
from torch import nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    def __init__(self, n_in, width, stride, dilation, downsample):
        super().__init__()
        padding = 2 - stride
        inner = dilation
        if downsample is not None and dilation > 1:
            inner = dilation // 2
        if dilation > 1:
            padding = inner
        self.conv1 = nn.Conv2d(n_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding, inner, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = downsample

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 0, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.n_in = 64
        self.layer1 = self.stage(64, 3, 1, 1)
        self.layer2 = self.stage(128, 4, 2, 1)
        self.layer3 = self.stage(256, 6, 1, 2)
        self.layer4 = self.stage(512, 3, 1, 4)

    def stage(self, width, n_blocks, stride, dilation):
        if stride == 1 and dilation == 1:
            conv = nn.Conv2d(self.n_in, 4 * width, 1, bias=False)
        else:
            inner = dilation // 2 if dilation > 1 else 1
            padding = inner if dilation > 1 else 0
            conv = nn.Conv2d(self.n_in, 4 * width, 3, stride, padding, inner, bias=False)
        blocks = [Bottleneck(self.n_in, width, stride, dilation,
                             nn.Sequential(conv, nn.BatchNorm2d(4 * width)))]
        self.n_in = 4 * width
        blocks += [Bottleneck(self.n_in, width, 1, dilation, None) for _ in range(n_blocks - 1)]
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        levels = []
        x = self.layer1(x)
        for layer in (self.layer2, self.layer3, self.layer4):
            x = layer(x)
            levels.append(x)
        return levels


def correlate(search, kernel):
    n, c = kernel.shape[:2]
    out = F.conv2d(search.reshape(1, n * c, *search.shape[2:]),
                   kernel.reshape(n * c, 1, *kernel.shape[2:]), groups=n * c)
    return out.reshape(n, c, *out.shape[2:])


class Branch(nn.Module):
    def __init__(self, width, n_out):
        super().__init__()
        def block(size):
            return nn.Sequential(nn.Conv2d(width, width, size, bias=False), nn.BatchNorm2d(width),
                                 nn.ReLU(inplace=True))
        self.conv_kernel = block(3)
        self.conv_search = block(3)
        self.head = nn.Sequential(*block(1), nn.Conv2d(width, n_out, 1))

    def forward(self, z, x):
        return self.head(correlate(self.conv_search(x), self.conv_kernel(z)))


class SiamBAN(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.neck = nn.ModuleList([nn.Sequential(nn.Conv2d(c, 256, 1, bias=False),
                                                 nn.BatchNorm2d(256)) for c in (512, 1024, 2048)])
        self.cls = nn.ModuleList([Branch(256, 2) for _ in range(3)])
        self.loc = nn.ModuleList([Branch(256, 4) for _ in range(3)])
        self.cls_weight = nn.Parameter(torch.ones(3))
        self.loc_weight = nn.Parameter(torch.ones(3))
        self.loc_scale = nn.Parameter(torch.ones(3))

    def features(self, image):
        levels = [neck(level) for neck, level in zip(self.neck, self.backbone(image))]
        return [f[:, :, 4:11, 4:11] if f.shape[3] < 20 else f for f in levels]

    def head(self, zs, xs):
        cls = [branch(z, x) for branch, z, x in zip(self.cls, zs, xs)]
        loc = [torch.exp(branch(z, x) * s)
               for branch, z, x, s in zip(self.loc, zs, xs, self.loc_scale)]
        combine = lambda values, w: sum(v * f for v, f in zip(values, F.softmax(w, 0)))
        return combine(cls, self.cls_weight), combine(loc, self.loc_weight)

    def forward(self, template, search, label_cls, label_loc):
        cls, loc = self.head(self.features(template), self.features(search))
        log_p = F.log_softmax(cls, 1)
        label = label_cls.reshape(-1)
        nll = [-log_p[:, k].reshape(-1)[label == k].mean() for k in (0, 1)]
        p = loc.permute(0, 2, 3, 1).reshape(-1, 4)[label == 1]
        t = label_loc.permute(0, 2, 3, 1).reshape(-1, 4)[label == 1]
        area = lambda d: (d[:, 0] + d[:, 2]) * (d[:, 1] + d[:, 3])
        low = torch.min(p, t)
        shared = area(low)
        iou = (shared + 1) / (area(p) + area(t) - shared + 1)
        return 0.5 * (nll[0] + nll[1]) + (1 - iou).mean()

    def set_phase(self, train_backbone):
        self.train()
        for name, part in self.backbone.named_children():
            trains = train_backbone and name in ('layer2', 'layer3', 'layer4')
            part.train(trains)
            for parameter in part.parameters():
                parameter.requires_grad = trains
