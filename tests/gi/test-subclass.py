#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Classes of Python that take part in a training of the library."""

import tempfile
import threading
import unittest

import numpy
import tiny
from gi.repository import GLib, Siamban


class Schedule(Siamban.LrSchedule):
    """Every second epoch learns a tenth."""

    def do_get_rate(self, epoch):
        return 0.02 if epoch % 2 == 0 else 0.002


class Stage(Siamban.AugmentationStage):
    """Remembers its calls, and applies a function to the pixels."""

    def __init__(self, function=lambda pixels: pixels, box=None, **properties):
        super().__init__(**properties)
        self.function = function
        self.box = box
        self.calls = []
        self.threads = set()

    def do_augment(self, image, is_search, seed):
        self.threads.add(threading.get_ident())
        self.calls.append((image.get_size(), is_search, seed))
        return image.replace(self.function(image.pixels), self.box)


class Subclasses(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        tiny.make_importer(self.folder).run()
        self.config = tiny.make_config(self.folder)

    def run_and_collect(self, trainer):
        iterations = []
        trainer.connect('iteration', lambda _, iteration: iterations.append(iteration))
        trainer.run()
        return iterations

    def losses(self, name, stage=None):
        trainer = tiny.make_trainer(self.folder, self.config, name)
        if stage:
            trainer.insert_stage(stage, 'flip')
        return [iteration.total_loss for iteration in self.run_and_collect(trainer)]

    def test_schedule(self):
        trainer = tiny.make_trainer(self.folder, self.config)
        trainer.set_schedule(Schedule(n_epochs=2))
        iterations = self.run_and_collect(trainer)
        # The groups follow BASE_LR, 0.01, times the rate of the epoch, over that of the first one.
        self.assertEqual([round(iteration.head_rate, 9) for iteration in iterations],
                         [0.01] * 3 + [0.001] * 3)
        self.assertEqual([round(iteration.backbone_rate, 9) for iteration in iterations],
                         [0.001] * 3 + [0.0001] * 3)

    def test_bad_schedules(self):
        trainer = tiny.make_trainer(self.folder, self.config)
        with self.assertRaises(GLib.Error) as caught:
            trainer.set_schedule(Schedule(n_epochs=3))
        self.assertIn('TRAIN.EPOCH', caught.exception.message)

        class Negative(Schedule):
            def do_get_rate(self, epoch):
                return -1

        with self.assertRaises(GLib.Error) as caught:
            trainer.set_schedule(Negative(n_epochs=2))
        self.assertEqual(caught.exception.code, Siamban.Error.INVALID_CONFIG)

    def test_stage_takes_part(self):
        plain = self.losses('plain')
        stage = Stage()
        self.assertEqual(self.losses('same', stage), plain)
        # Two images of each of 12 samples.
        self.assertEqual(len(stage.calls), 24)
        self.assertEqual(sorted(call[0] for call in stage.calls), [127] * 12 + [255] * 12)
        self.assertTrue(all((size == 255) == is_search for size, is_search, _ in stage.calls))
        self.assertEqual(len({seed for _, _, seed in stage.calls}), 24)

        self.assertNotEqual(self.losses('black', Stage(numpy.zeros_like)), plain)

    def test_stage_in_a_background_run(self):
        plain = self.losses('plain')
        here = threading.get_ident()
        for any_thread in (True, False):
            stage = Stage(any_thread=any_thread)
            trainer = tiny.make_trainer(self.folder, self.config, f'run-{any_thread}')
            trainer.insert_stage(stage, 'flip')
            losses, done = [], []
            trainer.connect('iteration', lambda _, iteration: losses.append(iteration.total_loss))
            trainer.run_async(None, lambda trainer, result: done.append(trainer.run_finish(result)))
            while not done:
                GLib.MainContext.default().iteration(True)
            self.assertEqual(losses, plain)
            if any_thread:
                self.assertNotIn(here, stage.threads)
            else:
                self.assertEqual(stage.threads, {here})

    def test_stages_in_every_place(self):
        order = []

        class Named(Stage):
            def do_augment(self, image, is_search, seed):
                order.append(self.get_name())
                return image

        dataset = Siamban.Dataset.new_from_config(self.config)
        for name, after in (('d', 'flip'), ('a', 'shift'), ('c', 'blur'), ('b', 'color'), ('e', 'd'),
                            ('a2', 'a'), ('a3', 'scale')):
            dataset.insert_stage(Named(name=name), after)
        sample = dataset[0]
        self.assertEqual(order, ['a', 'a2', 'a3', 'b', 'c', 'd', 'e'] * 2)
        # The colours shift apart from the crop then, and come out the same.
        plain = Siamban.Dataset.new_from_config(self.config)[0]
        numpy.testing.assert_array_equal(sample.search, plain.search)

        order.clear()
        dataset.get_sample_with_stages(0, Siamban.AugmentationStages.NONE)
        self.assertEqual(order, [])
        with self.assertRaises(GLib.Error) as caught:
            dataset.insert_stage(Named(), 'gray')
        self.assertIn('scale, shift, color, blur, flip, a, a2', caught.exception.message)

    def test_box(self):
        dataset = Siamban.Dataset.new_from_config(self.config)
        dataset.insert_stage(Stage(box=Siamban.Box(100, 100, 150, 160)), 'flip')
        self.assertEqual(tuple(dataset[0].get_box()), (100, 100, 150, 160))

    def test_bad_stage(self):
        class Broken(Stage):
            def do_augment(self, image, is_search, seed):
                return None

        dataset = Siamban.Dataset.new_from_config(self.config)
        dataset.insert_stage(Broken(name='broken'), 'flip')
        with self.assertRaises(GLib.Error) as caught:
            dataset[0]
        self.assertIn('The augmentation stage “broken” made no image', caught.exception.message)


if __name__ == '__main__':
    unittest.main()
