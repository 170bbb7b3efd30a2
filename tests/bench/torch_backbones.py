# SPDX-License-Identifier: Apache-2.0
"""The backbones of the shipped configurations in PyTorch, written anew from their description:
dilated instead of strided from stride 8 on. Each is a list of (name, stage)."""

from torch import nn


def conv_norm(n_in, n_out, size, stride=1, padding=0, dilation=1, groups=1):
    return [nn.Conv2d(n_in, n_out, size, stride, padding, dilation, groups, bias=False),
            nn.BatchNorm2d(n_out)]


def wide_padding(stride, dilation):
    return dilation if dilation > 1 else 2 - stride


class Residual(nn.Module):
    """What is computed, plus the input or what a shortcut makes of it."""

    def __init__(self, body, shortcut, activation):
        super().__init__()
        self.body = nn.Sequential(*body)
        self.shortcut = shortcut
        self.activation = activation

    def forward(self, x):
        y = self.body(x) + (x if self.shortcut is None else self.shortcut(x))
        return y if self.activation is None else self.activation(y)


def relu():
    return nn.ReLU(inplace=True)


def resnet_block(n_in, width, stride, dilation, bottleneck, shortened):
    n_out = 4 * width if bottleneck else width
    inner = dilation // 2 if shortened and dilation > 1 else dilation
    wide = {'stride': stride, 'padding': wide_padding(stride, inner), 'dilation': inner}
    if bottleneck:
        body = [*conv_norm(n_in, width, 1), relu(), *conv_norm(width, width, 3, **wide), relu(),
                *conv_norm(width, n_out, 1)]
    else:
        body = [*conv_norm(n_in, width, 3, **wide), relu(),
                *conv_norm(width, n_out, 3, padding=dilation, dilation=dilation)]
    shortcut = None
    if shortened and stride == 1 and dilation == 1:
        shortcut = nn.Sequential(*conv_norm(n_in, n_out, 1))
    elif shortened:
        half = max(1, dilation // 2)
        shortcut = nn.Sequential(*conv_norm(n_in, n_out, 3, stride, half if dilation > 1 else 0,
                                            half))
    return Residual(body, shortcut, relu())


def resnet(n_blocks, bottleneck, width_mult=1.0):
    n = int(64 * width_mult)
    stages = [('stem', nn.Sequential(*conv_norm(3, n, 7, 2), relu(), nn.MaxPool2d(3, 2, 1)))]
    for index, (stride, dilation) in enumerate(((1, 1), (2, 1), (1, 2), (1, 4))):
        if index == len(n_blocks):
            break
        width = int((64 << index) * width_mult)
        n_out = 4 * width if bottleneck else width
        blocks = []
        for block in range(n_blocks[index]):
            shortened = block == 0 and (n != n_out or stride > 1)
            blocks.append(resnet_block(n, width, stride if block == 0 else 1, dilation, bottleneck,
                                       shortened))
            n = n_out
        stages.append((f'layer{index + 1}', nn.Sequential(*blocks)))
    return stages


def mobilenet(width_mult=1.0):
    rows = ((1, 16, 1, 1, 1), (6, 24, 2, 2, 1), (6, 32, 3, 2, 1), (6, 64, 4, 1, 2),
            (6, 96, 3, 1, 2), (6, 160, 3, 1, 4), (6, 320, 1, 1, 4))
    n = int(32 * width_mult)
    stages = [('layer0', nn.Sequential(*conv_norm(3, n, 3, 2), nn.ReLU6(inplace=True)))]
    before = 1
    for index, (expansion, n_out, n_blocks, stride, dilation) in enumerate(rows):
        blocks = []
        n_out = int(n_out * width_mult)
        for block in range(n_blocks):
            s = stride if block == 0 else 1
            d = max(1, dilation // 2) if block == 0 and dilation != before else dilation
            wide = n * expansion
            body = nn.Sequential(
                *conv_norm(n, wide, 1), nn.ReLU6(inplace=True),
                *conv_norm(wide, wide, 3, s, wide_padding(s, d), d, wide), nn.ReLU6(inplace=True),
                *conv_norm(wide, n_out, 1))
            blocks.append(Residual(body, None, None) if s == 1 and n == n_out else body)
            n = n_out
        before = dilation
        stages.append((f'layer{index + 1}', nn.Sequential(*blocks)))
    return stages
