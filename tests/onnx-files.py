# SPDX-License-Identifier: Apache-2.0
"""Computes the networks in template.onnx and search.onnx of a folder with numpy, from the file alone, and
compares with the outputs beside them. Where they are installed, onnx checks the files and onnxruntime
computes them too.

usage: onnx-files.py FOLDER
"""
import pathlib
import struct
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: this Python has no numpy")
    sys.exit(77)

from protowire import message

# Sums are taken in another order.
TOLERANCE = 2e-4


def tensor(data):
    fields = message(data)
    kind = {1: "<f4", 7: "<i8"}[fields[2][0]]
    return fields[8][0].decode(), np.frombuffer(fields[9][0], kind).reshape(fields.get(1, []))


def attributes(node):
    found = {}
    for data in node.get(5, []):
        fields = message(data)
        found[fields[1][0].decode()] = {1: lambda: struct.unpack("<f", fields[2][0])[0],
                                        2: lambda: fields[3][0],
                                        7: lambda: fields[8]}[fields[20][0]]()
    return found


def value_info(data):
    fields = message(data)
    shape = message(message(message(fields[2][0])[1][0])[2][0])
    return fields[1][0].decode(), tuple(message(dim)[1][0] for dim in shape[1])


def windows(x, size, strides, dilations, pads, value):
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])), constant_values=value)
    spans = [(size[i] - 1) * dilations[i] + 1 for i in range(2)]
    view = np.lib.stride_tricks.sliding_window_view(x, spans, axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1], ::dilations[0], ::dilations[1]]


def convolution(inputs, group, kernel_shape, strides=(1, 1), dilations=(1, 1), pads=(0, 0, 0, 0)):
    x, weight = inputs[:2]
    assert tuple(kernel_shape) == weight.shape[2:]
    assert x.shape[1] == weight.shape[1] * group
    parts = []
    if group == x.shape[1] == weight.shape[0]:
        view = windows(x, kernel_shape, strides, dilations, pads, 0)
        result = np.einsum("nchwij,cij->nchw", view, weight[:, 0], optimize=False)
    else:
        for part, rows in zip(np.split(x, group, 1), np.split(weight, group)):
            view = windows(part, kernel_shape, strides, dilations, pads, 0)
            parts.append(np.tensordot(view, rows, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2))
        result = np.concatenate(parts, 1)
    return result + inputs[2][:, None, None] if len(inputs) > 2 else result


def batch_norm(inputs, epsilon):
    x, scale, bias, mean, variance = inputs
    column = lambda values: values[:, None, None]
    return (x - column(mean)) / np.sqrt(column(variance) + epsilon) * column(scale) + column(bias)


def max_pool(inputs, kernel_shape, strides, pads):
    return windows(inputs[0], kernel_shape, strides, (1, 1), pads, -np.inf).max((4, 5))


def crop(inputs):
    x, starts, ends, axes = inputs
    places = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes):
        places[axis] = slice(start, end)
    return x[tuple(places)]


OPERATIONS = {
    "Conv": convolution, "BatchNormalization": batch_norm, "MaxPool": max_pool, "Slice": crop,
    "Relu": lambda inputs: np.maximum(inputs[0], 0),
    "Clip": lambda inputs: np.clip(inputs[0], inputs[1], inputs[2]),
    "Add": lambda inputs: inputs[0] + inputs[1], "Sum": sum,
    "Mul": lambda inputs: inputs[0] * inputs[1], "Exp": lambda inputs: np.exp(inputs[0]),
    "Reshape": lambda inputs: inputs[0].reshape(inputs[1]),
}


class Network:
    def __init__(self, path):
        model = message(path.read_bytes())
        assert message(model[8][0])[2] == [13]
        graph = message(model[7][0])
        self.constants = dict(tensor(data) for data in graph[5])
        self.inputs = dict(value_info(data) for data in graph[11])
        self.outputs = dict(value_info(data) for data in graph[12])
        self.nodes = [message(data) for data in graph[1]]

    def run(self, inputs):
        values = {**{k: v.astype("f8") if v.dtype == "f4" else v for k, v in self.constants.items()},
                  **{k: v.astype("f8") for k, v in inputs.items()}}
        for node in self.nodes:
            names = [name.decode() for name in node[1]]
            operation = OPERATIONS[node[4][0].decode()]
            (output,) = node[2]
            assert output.decode() not in values, output
            values[output.decode()] = operation([values[name] for name in names],
                                                **attributes(node))
        return {name: values[name] for name in self.outputs}


def read(folder, kind, shapes):
    return {name: np.fromfile(folder / f"{kind}.{name}.f32", "<f4").reshape(shape)
            for name, shape in shapes.items()}


def compare(found, expected, who):
    assert set(found) == set(expected)
    worst = 0
    for name, values in expected.items():
        assert found[name].shape == values.shape, (name, found[name].shape, values.shape)
        worst = max(worst, np.abs(found[name] - values).max() / np.abs(values).max())
    assert worst < TOLERANCE, (who, worst)
    return f"{who} {worst:.1e}"


def check_elsewhere(path, inputs, expected):
    told = []
    try:
        import onnx
        onnx.checker.check_model(onnx.load(path), full_check=True)
        told.append("onnx accepts it")
    except ImportError:
        told.append("no onnx")
    try:
        import onnxruntime
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        told.append(compare(dict(zip(names, session.run(names, inputs))), expected, "onnxruntime"))
    except ImportError:
        told.append("no onnxruntime")
    return told


folder = pathlib.Path(sys.argv[1])
halves = {half: Network(folder / f"{half}.onnx") for half in ("template", "search")}
kept = halves["template"].outputs
assert set(halves["search"].inputs) == {"search", *kept}
for half, network in halves.items():
    images = {name: shape for name, shape in network.inputs.items() if name == half}
    inputs = read(folder, f"{half}-input", images)
    if half == "search":
        inputs.update(read(folder, "template-output", kept))
    expected = read(folder, f"{half}-output", network.outputs)
    told = [compare(network.run(inputs), expected, "numpy")]
    told += check_elsewhere(folder / f"{half}.onnx", inputs, expected)
    print(f"{half}: {len(network.nodes)} operations; " + ", ".join(told))
