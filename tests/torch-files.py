#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that cross from PyTorch to siamban and back, in both of PyTorch's containers: every
element type and kind of view arrives bit for bit, and the next step of the optimiser is the same.

Runs with whatever PyTorch the interpreter has, and again with the one in the folder that
SIAMBAN_NEW_TORCH names; exit status 77 is a skip.
"""
import collections
import os
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: this Python has no PyTorch")
    sys.exit(77)

# The restricted loader of 1.13 knows no floating-point numbers, which an optimiser's state has.
LOAD = {} if torch.__version__.startswith("1.") else {"weights_only": True}
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.uint8,
          torch.int16, torch.int32, torch.int64, torch.bool)


def make_optimizer(weight, bias):
    return torch.optim.SGD([{"params": [weight], "lr": 0.01, "initial_lr": 0.02},
                            {"params": [bias], "lr": 0.1, "initial_lr": 0.2}],
                           lr=1, momentum=0.9, weight_decay=1e-4)


def step(optimizer, weight, bias):
    optimizer.zero_grad()
    ((weight * weight).sum() + (bias ** 3).sum()).backward()
    optimizer.step()


def make_checkpoint():
    base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5) / 7
    state = collections.OrderedDict((str(d), torch.arange(6).reshape(2, 3).to(d)) for d in DTYPES)
    state["not a number"] = torch.tensor([float("nan"), float("-inf"), -0.0, 1e-45])
    state["transposed"] = base.permute(2, 0, 1)
    state["every second"] = base[:, ::2, 1:]
    state["expanded"] = base[0, 0, :1].expand(4)
    state["empty"] = torch.zeros(0, 3)
    state["scalar"] = torch.tensor(7)
    weight = torch.nn.Parameter(torch.randn(4, 3))
    bias = torch.nn.Parameter(torch.randn(3))
    optimizer = make_optimizer(weight, bias)
    step(optimizer, weight, bias)
    state["weight"] = weight.detach().clone()
    state["bias"] = bias.detach().clone()
    return {"epoch": 5, "state_dict": state, "optimizer": optimizer.state_dict()}


def convert(source, target):
    subprocess.run(["siamban", "convert", source, target], check=True, stdout=subprocess.DEVNULL)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def bits(tensor):
    return tensor.contiguous().numpy().tobytes() if tensor.dtype != torch.bfloat16 \
        else tensor.float().numpy().tobytes()


def check_same(expected, found):
    assert found["epoch"] == expected["epoch"]
    assert list(found["state_dict"]) == list(expected["state_dict"])
    for name, tensor in expected["state_dict"].items():
        other = found["state_dict"][name]
        assert (tensor.dtype, tensor.shape) == (other.dtype, other.shape), name
        assert bits(tensor) == bits(other), name


def continue_training(checkpoint):
    """Resumes as the original's restore_from does, and takes one more step."""
    weight, bias = (torch.nn.Parameter(checkpoint["state_dict"][name].clone())
                    for name in ("weight", "bias"))
    optimizer = make_optimizer(weight, bias)
    optimizer.load_state_dict(checkpoint["optimizer"])
    step(optimizer, weight, bias)
    return bits(weight.detach()) + bits(bias.detach())


def check_container(folder, zipped):
    original, ours, tensors, again, back, third = (
        os.path.join(folder, name) for name in ("original.pth.tar", "ours.model", "a.safetensors",
                                                "again.pth", "back.pth", "third.model"))
    checkpoint = make_checkpoint()
    torch.save(checkpoint, original, _use_new_zipfile_serialization=zipped)

    convert(original, ours)
    crossed = torch.load(ours, **LOAD)
    check_same(checkpoint, crossed)
    assert continue_training(checkpoint) == continue_training(crossed)

    # Over and back again, nothing has changed. Read anew, as a step may change what it resumed from.
    torch.save(torch.load(ours, **LOAD), back, _use_new_zipfile_serialization=zipped)
    convert(back, third)
    assert read_file(ours) == read_file(third)

    convert(original, tensors)
    convert(tensors, again)
    check_same(checkpoint, torch.load(again, **LOAD))


with tempfile.TemporaryDirectory() as top:
    for number, zipped in enumerate((True, False)):
        check_container(tempfile.mkdtemp(dir=top), zipped)
        print("ok", torch.__version__, "zip" if zipped else "legacy")

folder = os.environ.get("SIAMBAN_NEW_TORCH")
if not folder:
    print("skipped: SIAMBAN_NEW_TORCH names no folder with a newer PyTorch")
elif os.environ.get("PYTHONPATH") != folder:
    subprocess.run([sys.executable, __file__], check=True, env=os.environ | {"PYTHONPATH": folder})
