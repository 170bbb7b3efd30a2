#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the checkpoints of this folder with PyTorch (1.13 made the committed ones), and
expected.json, which says what a reader must find in them.

usage: make.py [FOLDER]
"""
import collections
import json
import io
import os
import pickle
import pickletools
import sys
import zipfile

import numpy
import torch

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
EXPECTED = {}


def path(name):
    return os.path.join(FOLDER, name)


def expect(name, tensors, **more):
    EXPECTED[name] = dict(more, tensors={
        key: {
            "dtype": str(tensor.dtype).replace("torch.", ""),
            "shape": list(tensor.shape),
            "values": tensor.double().flatten().tolist(),
        } for key, tensor in tensors.items()})


def every_kind():
    """One tensor of each element type, and each way in which a tensor may lie in its storage."""
    base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5) / 7
    tensors = collections.OrderedDict()
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8,
                  torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool):
        tensors["dtype." + str(dtype).split(".")[1]] = (torch.arange(6).reshape(2, 3) - 3).abs().to(dtype)
    tensors["scalar"] = torch.tensor(-12345678901, dtype=torch.int64)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["whole"] = base
    tensors["view.slice"] = base[1]
    tensors["view.transposed"] = base.permute(2, 0, 1)
    tensors["view.every_second"] = base[:, ::2, 1:]
    tensors["view.expanded"] = base[0, 0, :2].reshape(2, 1).expand(2, 5)
    tensors["channels_last"] = torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last)
    tensors["parameter"] = torch.nn.Parameter(torch.randn(3))
    return tensors


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, bias=False)
        self.bn = torch.nn.BatchNorm2d(4)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.relu(self.bn(self.conv(x))).mean((2, 3)))


def training():
    """A run of a few steps, saved as SiamBAN saves it: data parallel, lr a number of NumPy's."""
    net = Net()
    optimizer = torch.optim.SGD([{"params": list(net.conv.parameters()) + list(net.bn.parameters()), "lr": 0.0005},
                                 {"params": net.head.parameters()}],
                                lr=0.005, momentum=0.9, weight_decay=1e-4)
    for group, lr in zip(optimizer.param_groups, numpy.logspace(-3, -2, 2)):
        group["initial_lr"] = group["lr"]
        group["lr"] = lr
    for _ in range(3):
        optimizer.zero_grad()
        net(torch.randn(2, 3, 8, 8)).square().sum().backward()
        optimizer.step()
    state_dict = collections.OrderedDict(("module." + k, v) for k, v in net.state_dict().items())
    torch.save({"epoch": 7, "state_dict": state_dict, "optimizer": optimizer.state_dict()},
               path("training.pth"))
    buffers = [optimizer.state[p]["momentum_buffer"] for g in optimizer.param_groups for p in g["params"]]
    expect("training.pth", state_dict, epoch=7,
           groups=[{"lr": float(g["lr"]), "size": len(g["params"])} for g in optimizer.param_groups],
           momentum=[b.double().flatten().tolist() for b in buffers])
    return net


class Early:
    """A tensor as PyTorch wrote it before 0.4."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        place = self.tensor.storage_offset(), tuple(self.tensor.size()), self.tensor.stride()
        return torch._utils._rebuild_tensor, (self.tensor.storage(), *place)


def as_python2(data):
    """Text becomes the strings of Python 2, in each of the pickles that a legacy file begins with."""
    stream = io.BytesIO(data)
    changed = bytearray(data)
    for _ in range(5):
        for opcode, _, position in pickletools.genops(stream):
            if opcode.name == "BINUNICODE":
                changed[position:position + 1] = pickle.BINSTRING
    return bytes(changed)


def python2():
    """A state_dict and what surrounds it, as Python 2 and PyTorch 0.3 left it: views of one storage."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
    tensors = collections.OrderedDict([
        ("module.features.conv.weight", base), ("module.features.conv.bias", base[1:3].t()),
        ("module.half", torch.arange(4).half()), ("module.count", torch.tensor([7]))])
    early = collections.OrderedDict((key, Early(tensor)) for key, tensor in tensors.items())
    options = {"arch": "alexnet", "lr": {"start": 0.5, "layers": [1, 2, {"deep": ()}]}}
    torch.save({"epoch": 4, "state_dict": early, "options": options}, path("python2.pth.tar"),
               pickle_protocol=2, _use_new_zipfile_serialization=False)
    with open(path("python2.pth.tar"), "rb") as file:
        data = as_python2(file.read())
    with open(path("python2.pth.tar"), "wb") as file:
        file.write(data)
    read = torch.load(path("python2.pth.tar"))
    assert read["options"] == options
    assert all(torch.equal(read["state_dict"][key], tensor) for key, tensor in tensors.items())
    expect("python2.pth.tar", tensors, epoch=4)


def repack(source, target, prefix, compression, change=lambda name, data: data, extra=()):
    with zipfile.ZipFile(path(source)) as old, zipfile.ZipFile(path(target), "w", compression) as new:
        for item in old.infolist():
            name = item.filename.split("/", 1)[1]
            new.writestr(prefix + name, change(name, old.read(item)))
        for name, data in extra:
            new.writestr(prefix + name, data)


def main():
    torch.manual_seed(0)

    tensors = every_kind()
    for name, options in (("zip.pth", {}),
                          ("zip-protocol4.pth", {"pickle_protocol": 4}),
                          ("legacy.pth", {"_use_new_zipfile_serialization": False}),
                          ("legacy-protocol3.pth", {"_use_new_zipfile_serialization": False, "pickle_protocol": 3})):
        torch.save(tensors, path(name), **options)
        expect(name, tensors)

    net = training()
    python2()

    repack("zip.pth", "deflated.pth", "some folder/inside/", zipfile.ZIP_DEFLATED)
    expect("deflated.pth", tensors)

    floats = {"a": torch.randn(2, 3), "b": torch.randn(4)}
    torch.save(floats, path("big-endian.pth"))
    repack("big-endian.pth", "swapped.pth", "archive/", zipfile.ZIP_STORED,
           lambda name, data: numpy.frombuffer(data, "<f4").astype(">f4").tobytes() if name.startswith("data/") else data,
           [("byteorder", "big")])
    os.remove(path("big-endian.pth"))
    expect("swapped.pth", floats)

    arrays = {"c": numpy.arange(6, dtype="f4").reshape(2, 3), "fortran": numpy.asfortranarray(numpy.arange(6.).reshape(2, 3)),
              "big": numpy.arange(3, dtype=">i4")}
    torch.save(dict(arrays, epoch=numpy.int64(3)), path("numpy.pth"))
    expect("numpy.pth", {k: torch.from_numpy(v.astype(v.dtype.newbyteorder("="))) for k, v in arrays.items()},
           epoch=3)

    # What must be refused, each with what the message must contain.
    torch.jit.script(net).save(path("script.pt"))
    EXPECTED["script.pt"] = {"refused": "TorchScript"}
    torch.save(net, path("whole-model.pth"))
    EXPECTED["whole-model.pth"] = {"refused": "__main__.Net"}
    torch.save({"epoch": 3, "model": {"a": torch.zeros(1)}}, path("no-weights.pth"))
    EXPECTED["no-weights.pth"] = {"refused": "“epoch”, “model”"}
    torch.save([torch.zeros(1)], path("list.pth"))
    EXPECTED["list.pth"] = {"refused": "a list"}
    with zipfile.ZipFile(path("plain.zip"), "w") as archive:
        archive.writestr("readme.txt", "not weights")
    EXPECTED["plain.zip"] = {"refused": "data.pkl"}

    with open(path("expected.json"), "w") as file:
        json.dump(EXPECTED, file, indent=1)


main()
