#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The library from Python: values, lists, errors, bytes, and what must not be there."""

import os
import struct
import unittest

import gi

gi.require_version('Siamban', '1.0')
from gi.repository import GLib, Siamban


class Bindings(unittest.TestCase):
    def test_box(self):
        box = Siamban.Box.new(10, 20, 40, 60)
        self.assertEqual((box.x1, box.y1, box.x2, box.y2), (10, 20, 40, 60))
        self.assertEqual(box.get_area(), 1200)
        self.assertEqual(box.get_iou(box), 1)

    def test_tensor_bytes(self):
        data = struct.pack('6f', *range(6))
        tensor = Siamban.Tensor.new(Siamban.DType.FLOAT32, [2, 3], GLib.Bytes.new(data))
        self.assertEqual(tensor.get_shape(), [2, 3])
        self.assertEqual(tensor.get_bytes().get_data(), data)
        self.assertEqual(tensor.get_item(4), 4)
        self.assertEqual(tensor.to_string(), 'float32 (2, 3)')

    def test_errors_have_codes(self):
        with self.assertRaises(GLib.Error) as caught:
            Siamban.Tensor.new(Siamban.DType.FLOAT32, [2, 3], GLib.Bytes.new(b'1234'))
        self.assertTrue(caught.exception.matches(Siamban.error_quark(), Siamban.Error.INVALID_DATA))

        with self.assertRaises(GLib.Error) as caught:
            Siamban.Device.open('nowhere:7')
        self.assertIn('nowhere:7', caught.exception.message)

    def test_graph_runs(self):
        weights = Siamban.Weights.new()
        weights.add('conv.weight', Siamban.ParameterKind.WEIGHT, [2, 3, 1, 1])
        self.assertEqual(len(weights), 1)

        graph = Siamban.Graph.new(weights)
        x = graph.input('x', 1, 3, 4, 4)
        y = graph.relu(graph.convolution(x, 'conv.weight', None, 1, 0, 1, 1))
        graph.set_name(y, 'y')
        graph.add_output(y)
        program = Siamban.Device.open('reference').compile(graph, False)

        weights[0].set_tensor(Siamban.Tensor.new(
            Siamban.DType.FLOAT32, [2, 3, 1, 1], GLib.Bytes.new(struct.pack('6f', 1, 1, 1, -1, -1, -1))))
        ones = GLib.Bytes.new(struct.pack('48f', *[1] * 48))
        program.set_input('x', Siamban.Tensor.new(Siamban.DType.FLOAT32, [1, 3, 4, 4], ones))
        program.forward()
        values = struct.unpack('32f', program.get_output('y').get_bytes().get_data())
        self.assertEqual(values, (3,) * 16 + (0,) * 16)

    def test_configuration(self):
        config = Siamban.Config.new()
        self.assertEqual(config.get_int('TRAIN.BATCH_SIZE'), 32)
        config.set_from_string('TRAIN.BATCH_SIZE=28')
        self.assertEqual(config.get_int('TRAIN.BATCH_SIZE'), 28)
        with self.assertRaises(GLib.Error) as caught:
            config.set_from_string('TRAIN.BATCH_SIZE=0')
        self.assertIn('TRAIN.BATCH_SIZE', caught.exception.message)

        path = os.path.join(os.environ['SIAMBAN_CONFIGS'], 'siamban_r50_l234.yaml')
        self.assertEqual(Siamban.Config.new_from_file(path).get_string('BACKBONE.TYPE'), 'resnet50')

    def test_pictures(self):
        image = Siamban.Image.new_from_data(2, 2, GLib.Bytes.new(bytes(range(12))))
        self.assertEqual(image.to_png().get_data()[:8], b'\x89PNG\r\n\x1a\n')
        both = Siamban.SampleParts.SEARCH | Siamban.SampleParts.POINTS
        self.assertFalse(both & Siamban.SampleParts.TEMPLATE)
        self.assertTrue(callable(Siamban.Sample.render))

    def test_engines_and_devices(self):
        names = [engine.get_name() for engine in Siamban.Engine.list()]
        self.assertIn('reference', names)

    def test_what_must_not_be_there(self):
        public = dir(Siamban)
        self.assertFalse([name for name in public if 'private' in name.lower()])
        self.assertFalse([name for name in public if name.startswith('_siamban')])
        for name in ('Random', 'AtomicFile', 'Node', 'Op', 'Philox'):
            self.assertFalse(hasattr(Siamban, name), name)


if __name__ == '__main__':
    unittest.main()
