#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a checkpoint with PyTorch and writes it again, in its place.

usage: torch-restore.py CHECKPOINT zip|legacy [GROUPS]

GROUPS names a file with a line of parameters for each group of the optimiser. With it a network and
an optimiser are made whose state the checkpoint becomes, as when the original resumes, and what they
hold is written; without, the dictionary as it is. Exit status 77 is a skip: no PyTorch.
"""
import sys

try:
    import torch
except ImportError:
    sys.exit(77)

# The restricted loader of 1.13 knows no floating-point numbers, which an optimiser's state has.
LOAD = {} if torch.__version__.startswith("1.") else {"weights_only": True}
BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


def make_network(state):
    network = torch.nn.Module()
    for name, tensor in state.items():
        *path, last = name.split(".")
        module = network
        for part in path:
            if not hasattr(module, part):
                module.add_module(part, torch.nn.Module())
            module = getattr(module, part)
        empty = torch.zeros_like(tensor)
        if last in BUFFERS:
            module.register_buffer(last, empty)
        else:
            module.register_parameter(last, torch.nn.Parameter(empty))
    return network


def restore(checkpoint, groups):
    network = make_network(checkpoint["state_dict"])
    parameters = dict(network.named_parameters())
    optimizer = torch.optim.SGD([{"params": [parameters[name] for name in line.split()], "lr": 1}
                                 for line in groups], lr=1, momentum=0.5)
    network.load_state_dict(checkpoint["state_dict"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    assert all(torch.is_tensor(optimizer.state[parameters[name]]["momentum_buffer"])
               and optimizer.state[parameters[name]]["momentum_buffer"].shape
               == parameters[name].shape for line in groups for name in line.split())
    return {"epoch": checkpoint["epoch"], "state_dict": network.state_dict(),
            "optimizer": optimizer.state_dict()}


file, container, *groups_file = sys.argv[1:]
loaded = torch.load(file, map_location="cpu", **LOAD)
assert set(loaded) >= {"epoch", "state_dict", "optimizer"}
if groups_file:
    with open(groups_file[0], encoding="utf-8") as lines:
        loaded = restore(loaded, list(lines))
torch.save(loaded, file, _use_new_zipfile_serialization=container == "zip")
print("PyTorch", torch.__version__)
