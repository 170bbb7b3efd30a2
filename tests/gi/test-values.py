#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Values, arrays, lists and errors of the library as Python has them."""

import copy
import gc
import pickle
import sys
import tempfile
import time
import unittest

import tiny
from gi.repository import Gio, GLib, Siamban

try:
    import numpy
except ImportError:
    numpy = None

# A copy of a search image to Python's own bytes takes about a tenth of this.
MAX_CROSSING = 0.2e-3


class Values(unittest.TestCase):
    def test_keywords(self):
        box = Siamban.Box(x1=10, y1=20, x2=40, y2=60)
        self.assertEqual(tuple(box), (10, 20, 40, 60))
        self.assertEqual(box.get_area(), 1200)
        self.assertEqual(box, Siamban.Box(10, 20, x2=40, y2=60))
        self.assertNotEqual(box, Siamban.Box())
        self.assertEqual(repr(box), 'Siamban.Box(x1=10.0, y1=20.0, x2=40.0, y2=60.0)')
        with self.assertRaisesRegex(TypeError, 'no field x; it has x1, y1, x2, y2'):
            Siamban.Box(x=1)
        with self.assertRaisesRegex(TypeError, 'x1 is given twice'):
            Siamban.Box(1, x1=1)
        # What the library returns is of the same class.
        self.assertIsInstance(Siamban.Box.new(1, 2, 3, 4), Siamban.Box)

        draws = Siamban.AugmentationDraws(gray=True)
        self.assertTrue(draws.gray)
        self.assertEqual(draws.shift_x, 0.5)
        self.assertEqual(Siamban.Iteration(number=3).number, 3)

    def test_pickle(self):
        box = Siamban.Box(1, 2, 3, 4)
        self.assertEqual(pickle.loads(pickle.dumps(box)), box)
        iteration = Siamban.Iteration(number=7, total_loss=0.5)
        self.assertEqual(pickle.loads(pickle.dumps(iteration)), iteration)
        result = Siamban.ValidationResult(epoch=2, measure=0.5)
        self.assertEqual(pickle.loads(pickle.dumps(result)), result)

        config = Siamban.Config()
        config.update({'TRAIN.EPOCH': 3, 'TRAIN.LR.KWARGS': {'start_lr': 0.25}})
        again = pickle.loads(pickle.dumps(config))
        self.assertEqual(again.to_yaml(), config.to_yaml())
        self.assertEqual(again['TRAIN.LR.KWARGS'], {'start_lr': 0.25})
        self.assertEqual(copy.deepcopy(config)['TRAIN.EPOCH'], 3)

    def test_config_is_a_mapping(self):
        config = Siamban.Config()
        self.assertEqual(dict(config)['TRAIN.BATCH_SIZE'], 32)
        self.assertIn('TRAIN.EPOCH', config)
        self.assertNotIn('TRAIN.EPOCHS', config)
        with self.assertRaises(KeyError):
            config['TRAIN.EPOCHS']
        with self.assertRaises(Siamban.InvalidConfigError) as caught:
            config['TRAIN.EPOCHS'] = 3
        self.assertIn('TRAIN.EPOCHS', caught.exception.message)
        config['DATASET.OWN.ROOT'] = 'a: folder'
        config['DATASET.OWN.FRAME_RANGE'] = 7
        self.assertEqual(config['DATASET.OWN.ROOT'], 'a: folder')
        self.assertEqual(config['DATASET.OWN.FRAME_RANGE'], 7)
        with self.assertRaises(GLib.Error) as caught:
            config['TRAIN.BATCH_SIZE'] = 0
        self.assertEqual(caught.exception.code, Siamban.Error.INVALID_CONFIG)
        self.assertIn('TRAIN.BATCH_SIZE', caught.exception.message)

    def test_errors(self):
        with self.assertRaises(Siamban.NoDeviceError) as caught:
            Siamban.Device.open('nowhere:7')
        error = caught.exception
        self.assertIsInstance(error, Siamban.BaseError)
        self.assertIsInstance(error, GLib.Error)
        self.assertIs(type(error.code), Siamban.Error)
        self.assertEqual(error.code, Siamban.Error.NO_DEVICE)
        self.assertEqual(error.domain, 'siamban-error-quark')
        self.assertTrue(error.matches(Siamban.error_quark(), Siamban.Error.NO_DEVICE))
        self.assertFalse(error.matches(Siamban.error_quark(), Siamban.Error.IO))
        self.assertIn('nowhere:7', str(error))
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.message, again.code),
                         (type(error), error.message, error.code))

        # Each code has a class, and an error of another library has none of them.
        for code in Siamban.Error.__enum_values__.values():
            name = code.value_nick.title().replace('-', '') + 'Error'
            raised = GLib.Error('text', error.domain, int(code))
            self.assertIs(type(raised), getattr(Siamban, name))
            self.assertEqual(raised.code, code)
            self.assertEqual(getattr(Siamban, name)('text').code, code)
        with self.assertRaises(GLib.Error) as caught:
            Gio.File.new_for_path('/nowhere').read(None)
        self.assertIs(type(caught.exception), GLib.Error)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))

    def test_threads(self):
        before = Siamban.process_get_n_threads()
        with Siamban.threads(1):
            self.assertEqual(Siamban.process_get_n_threads(), 1)
        self.assertEqual(Siamban.process_get_n_threads(), before)

    def test_lists(self):
        weights = Siamban.Weights.new()
        for name in ('a.weight', 'b.weight'):
            weights.add(name, Siamban.ParameterKind.WEIGHT, [2, 3])
        self.assertEqual([parameter.get_name() for parameter in weights], ['a.weight', 'b.weight'])
        self.assertIs(weights['b.weight'], weights[1])
        self.assertEqual(len(weights), 2)
        with self.assertRaises(KeyError):
            weights['c.weight']
        with self.assertRaises(IndexError):
            weights[2]


@unittest.skipIf(numpy is None, 'needs NumPy')
class Arrays(unittest.TestCase):
    def test_tensor_shares_memory(self):
        array = numpy.arange(24, dtype='float32').reshape(2, 3, 4)
        tensor = Siamban.Tensor(array)
        self.assertEqual(tensor.shape, (2, 3, 4))
        self.assertEqual(tensor.dtype, 'float32')
        self.assertEqual(tensor.get_item(5), 5)

        back = tensor.numpy()
        self.assertEqual(back.ctypes.data, array.ctypes.data)
        self.assertFalse(back.flags.writeable)
        numpy.testing.assert_array_equal(tensor[1], array[1])
        self.assertEqual(numpy.asarray(tensor).sum(), array.sum())
        self.assertEqual(len(tensor), 2)

    def test_memory_lives_as_long_as_its_users(self):
        array = numpy.ones(100000, 'float32')
        references = sys.getrefcount(array)
        tensor = Siamban.Tensor(array)
        self.assertGreater(sys.getrefcount(array), references)
        view = tensor.numpy()
        del tensor
        gc.collect()
        self.assertGreater(sys.getrefcount(array), references)
        self.assertEqual(view.sum(), 100000)
        del view
        gc.collect()
        self.assertEqual(sys.getrefcount(array), references)

        # The other way round: the library's memory outlives the library's object.
        view = Siamban.Tensor.new_zeros(Siamban.DType.FLOAT32, [1000]).numpy()
        gc.collect()
        self.assertEqual(view.sum(), 0)

    def test_every_type(self):
        for name in ('float64', 'float16', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'):
            array = numpy.arange(6).astype(name).reshape(2, 3)
            tensor = Siamban.Tensor(array)
            self.assertEqual(tensor.dtype, name)
            numpy.testing.assert_array_equal(tensor.numpy(), array)
            numpy.testing.assert_array_equal(pickle.loads(pickle.dumps(tensor)).numpy(), array)
        for wrong in (numpy.zeros(2, 'complex64'), numpy.zeros(2, '>f4'), numpy.zeros(2, 'U1')):
            with self.assertRaises(TypeError):
                Siamban.Tensor(wrong)
        one = Siamban.Tensor.new(Siamban.DType.BFLOAT16, [1], GLib.Bytes.new(b'\x80\x3f'))
        self.assertEqual(one.numpy()[0], 1)
        self.assertEqual(Siamban.Tensor(numpy.zeros((0, 3), 'float32')).numpy().shape, (0, 3))

    def test_image(self):
        pixels = numpy.arange(30, dtype='uint8').reshape(2, 5, 3)
        image = Siamban.Image(pixels)
        self.assertEqual(image.shape, (2, 5, 3))
        self.assertEqual(image.numpy().ctypes.data, pixels.ctypes.data)
        self.assertEqual(image._repr_png_()[:4], b'\x89PNG')
        numpy.testing.assert_array_equal(pickle.loads(pickle.dumps(image)).numpy(), pixels)
        with self.assertRaises(TypeError):
            Siamban.Image(numpy.zeros((2, 5), 'uint8'))


@unittest.skipIf(numpy is None, 'needs NumPy')
class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        tiny.make_importer(cls.folder.name).run()
        cls.dataset = Siamban.Dataset.new_from_config(tiny.make_config(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_sample(self):
        sample = self.dataset[0]
        self.assertEqual(sample.template.shape, (3, 127, 127))
        self.assertEqual(sample.search.shape, (3, 255, 255))
        self.assertEqual(sample.label_cls.shape, (25, 25))
        self.assertEqual(sample.label_loc.shape, (4, 25, 25))
        self.assertTrue(set(numpy.unique(sample.label_cls)) <= {-1, 0, 1})
        self.assertEqual(sample._repr_png_()[:4], b'\x89PNG')
        self.assertEqual(len(self.dataset), 12)
        self.assertEqual(self.dataset[-1].get_index(), 11)
        with self.assertRaises(IndexError):
            self.dataset[12]

        bytes_of_search = sample.get_search()
        self.assertEqual(sample.search.ctypes.data, Siamban.bytes_get_address(bytes_of_search))

    def test_crossing(self):
        sample = self.dataset[1]
        took = []
        for _ in range(50):
            start = time.perf_counter()
            search = sample.search
            took.append(time.perf_counter() - start)
        self.assertEqual(search.nbytes, 3 * 255 * 255 * 4)
        print(f'a sample of 255 x 255 crosses in {min(took) * 1e3:.4f} ms')
        self.assertLess(min(took), MAX_CROSSING)

    def test_batches(self):
        loader = Siamban.Loader.new(self.dataset, 4, 1, 0, 0, 1)
        batches = list(loader)
        self.assertEqual(len(batches), 3)
        self.assertEqual(batches[0].search.shape, (4, 3, 255, 255))
        self.assertEqual(batches[2].label_loc.shape, (4, 4, 25, 25))
        self.assertEqual([sample.get_index() for sample in batches[1]], [4, 5, 6, 7])
        numpy.testing.assert_array_equal(batches[1].template[2], self.dataset[6].template)

    def test_lists_of_a_source(self):
        source = self.dataset.get_sub_datasets()[0]
        self.assertIsInstance(source.list_videos(), Gio.ListModel)
        self.assertEqual(len(source.list_videos()), 3)
        self.assertEqual(len([frame for frame in source.list_frames()]), 9)


if __name__ == '__main__':
    unittest.main()
