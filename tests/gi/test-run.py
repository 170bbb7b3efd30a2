#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A training from its data to its tracker, as a script does it."""

import asyncio
import glob
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import tiny
from gi.repository import Gio, GLib, GObject, Siamban

N_DELIVERIES = 10000


class Record:
    """Connects every signal and remembers what came, and in which thread."""

    def __init__(self, instance):
        self.calls = []
        self.threads = set()
        kind = type(instance).__gtype__
        while kind.is_a(GObject.Object):
            for name in GObject.signal_list_names(kind):
                instance.connect(name, self._called, name)
            kind = kind.parent

    def _called(self, *args):
        self.threads.add(threading.get_ident())
        self.calls.append((args[-1],) + args[1:-1])

    def count(self, name):
        return len([call for call in self.calls if call[0] == name])


class Runs(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def prepare(self):
        tiny.make_importer(self.folder).run()
        return tiny.make_config(self.folder)

    def wait(self, condition):
        while not condition():
            GLib.MainContext.default().iteration(True)

    def test_from_data_to_tracker(self):
        here = threading.get_ident()

        # Prepare
        importer = tiny.make_importer(self.folder)
        record = Record(importer)
        asyncio.run(importer.run_async())
        self.assertEqual(record.threads, {here})
        self.assertGreater(record.count('progress'), 0)
        self.assertTrue(os.path.exists(f'{self.folder}/crops/train.json'))

        # Train, pause, resume
        trainer = tiny.make_trainer(self.folder, tiny.make_config(self.folder))
        record = Record(trainer)
        done = []
        trainer.run_async(None, lambda trainer, result: done.append(trainer.run_finish(result)))
        self.wait(lambda: record.count('iteration') == 1)
        trainer.pause()
        self.wait(lambda: trainer.get_state() == Siamban.TrainerState.PAUSED)
        n_before = record.count('iteration')
        self.assertLess(n_before, 6)
        self.assertFalse(done)
        trainer.resume()
        self.wait(lambda: done)
        self.assertEqual(done, [True])
        self.assertEqual(trainer.get_state(), Siamban.TrainerState.FINISHED)
        self.assertEqual(record.threads, {here})
        self.assertEqual(record.count('iteration'), 6)
        self.assertEqual(record.count('epoch-started'), 2)
        self.assertEqual(record.count('epoch-finished'), 2)
        self.assertEqual(record.count('checkpoint'), 2)
        self.assertGreater(record.count('message'), 10)
        self.assertEqual(record.count('sample-skipped'), 0)
        self.assertEqual(record.count('update-skipped'), 0)

        # Look at the run
        run = Siamban.Run.new(f'{self.folder}/run')
        self.assertEqual(len(run), 6)
        self.assertEqual([iteration.number for iteration in run], [1, 2, 3, 4, 5, 6])
        losses = [call[1].total_loss for call in record.calls if call[0] == 'iteration']
        self.assertEqual(list(run.series('total_loss')), losses)

        # Track with what was trained
        config = run.load_config()
        model = Siamban.Model.new(config)
        checkpoint = Siamban.Checkpoint.new_from_file(f'{self.folder}/run/snapshot/checkpoint_e2.pth')
        report = checkpoint.apply(model.get_weights(), '')
        self.assertEqual(report.get_missing(), [])
        self.assertEqual(len(checkpoint), len(checkpoint.get_names()))
        name = next(iter(checkpoint))
        self.assertEqual(checkpoint[name].shape, model.get_weights()[name].get_tensor().shape)

        synth = Siamban.Synth.new(9, 1, 3, 128, 96)
        tracker = Siamban.Tracker.new(model, config, tiny.open_device())
        found, box = synth.get_box(0, 0)
        self.assertTrue(found)
        tracker.init(synth.get_frame(0, 0), box)
        for frame in (1, 2):
            result = tracker.track(synth.get_frame(0, frame))
            self.assertEqual(result.score_map.shape, (25, 25))
            self.assertGreater(result.get_box().get_area(), 0)

    def test_signals_of_every_class(self):
        """A class with signals that nothing here connects is a new one: see that some test does."""
        classes = [getattr(Siamban, name) for name in dir(Siamban)]
        signals = {kind.__name__: set(GObject.signal_list_names(kind)) for kind in classes
                   if isinstance(kind, type) and issubclass(kind, GObject.Object)}
        self.assertEqual({name for name, names in signals.items() if names},
                         {'Importer', 'Run', 'Synth', 'Trainer'})

        # A run that another object watches.
        config = self.prepare()
        trainer = tiny.make_trainer(self.folder, config)
        trainer.connect('iteration',
                        lambda trainer, iteration: iteration.number == 2 and trainer.stop())
        trainer.run()
        run = Siamban.Run.new(f'{self.folder}/run')
        self.assertEqual(len(run), 2)
        record = Record(run)
        config['TRAIN.RESUME'] = f'{self.folder}/run'
        tiny.make_trainer(self.folder, config).run()
        run.refresh()
        self.wait(lambda: len(run) == 6)
        self.assertEqual(record.threads, {threading.get_ident()})
        self.assertEqual(record.count('iteration'), 4)

    def test_stop_and_go_on(self):
        config = self.prepare()
        trainer = tiny.make_trainer(self.folder, config)
        trainer.connect('iteration',
                        lambda trainer, iteration: iteration.number == 2 and trainer.stop())
        trainer.run()
        self.assertEqual(trainer.get_state(), Siamban.TrainerState.STOPPED)

        config['TRAIN.RESUME'] = f'{self.folder}/run'
        trainer = tiny.make_trainer(self.folder, config)
        record = Record(trainer)
        trainer.run()
        self.assertEqual(record.count('iteration'), 4)
        self.assertEqual(record.threads, {threading.get_ident()})

    def test_run_blocks_and_emits(self):
        trainer = tiny.make_trainer(self.folder, self.prepare())
        record = Record(trainer)
        self.assertTrue(trainer.run())
        self.assertEqual(record.count('iteration'), 6)
        self.assertEqual(record.threads, {threading.get_ident()})

    def test_await(self):
        config = self.prepare()

        async def main():
            ticks = 0
            trainer = tiny.make_trainer(self.folder, config)
            task = asyncio.create_task(trainer.run_async())
            while not task.done():
                ticks += 1
                await asyncio.sleep(0.001)
            self.assertTrue(await task)
            # Other tasks went on meanwhile.
            self.assertGreater(ticks, 2)

            run = await Siamban.Run.open_async(f'{self.folder}/run')
            self.assertEqual(len(run), 6)
            dataset = await Siamban.Dataset.new_from_config_async(config)
            checkpoint = await Siamban.Checkpoint.new_from_file_async(
                f'{self.folder}/run/snapshot/checkpoint_e2.pth')
            checkpoint.apply(trainer.get_model().get_weights(), '')

            # Judge what was trained
            synth = Siamban.Synth.new(9, 2, 3, 128, 96)
            synth.write_frames(f'{self.folder}/frames')
            validation = Siamban.Validation.new(f'{self.folder}/frames')
            tracker = Siamban.Tracker.new(trainer.get_model(), config, tiny.open_device())
            self.assertIsInstance(await validation.run_async(tracker), Siamban.Evaluation)
            with self.assertRaises(GLib.Error):
                await Siamban.Checkpoint.new_from_file_async(f'{self.folder}/nothing.pth')

            samples = await asyncio.gather(*[
                dataset.get_sample_async(i, Siamban.AugmentationStages.ALL) for i in range(4)])
            self.assertEqual([sample.get_index() for sample in samples], [0, 1, 2, 3])

            phases = await Siamban.TrainingPhase.list_async(config, tiny.open_device())
            self.assertEqual([phase.get_first_epoch() for phase in phases], [0, 1])

            config['DATASET.NAMES'] = []
            failing = tiny.make_trainer(self.folder, config, 'failing')
            with self.assertRaises(GLib.Error):
                await failing.run_async()

        asyncio.run(main())

    def test_await_files(self):
        here = threading.get_ident()

        async def main():
            synth = Siamban.Synth.new(1, 2, 3, 128, 96)
            record = Record(synth)
            await synth.write_frames_async(f'{self.folder}/frames')
            self.assertEqual(record.calls[-1], ('progress', 6, 6))
            self.assertEqual(len(glob.glob(f'{self.folder}/frames/*/0*.jpg')), 6)
            self.assertEqual(len(glob.glob(f'{self.folder}/frames/*/groundtruth.txt')), 2)
            await synth.write_crops_async(f'{self.folder}/crops')
            self.assertTrue(os.path.exists(f'{self.folder}/crops/train.json'))
            self.assertGreater(record.count('progress'), 1)
            self.assertEqual(record.threads, {here})

            config = tiny.make_config(self.folder)
            weights = Siamban.Model.new(config).get_weights()
            checkpoint = Siamban.Checkpoint()
            checkpoint.collect(weights)
            for name in ('save', 'save_safetensors'):
                path = f'{self.folder}/{name}'
                self.assertTrue(await getattr(checkpoint, name + '_async')(path))
                again = Siamban.Checkpoint.new_from_file(path)
                self.assertEqual(sorted(again), sorted(checkpoint))
                with self.assertRaises(Siamban.IoError):
                    await getattr(checkpoint, name + '_async')(f'{self.folder}/no/folder')

            graph = self.make_graph()
            self.assertTrue(await Siamban.onnx_save_async(graph, 'one', f'{self.folder}/one.onnx'))
            Siamban.onnx_save(graph, 'one', f'{self.folder}/again.onnx')
            with open(f'{self.folder}/one.onnx', 'rb') as one, \
                    open(f'{self.folder}/again.onnx', 'rb') as again:
                self.assertEqual(one.read(), again.read())
            program = await tiny.open_device().compile_async(graph, False)
            self.assertIsInstance(program, Siamban.Program)
            program.forward()
            with self.assertRaises(Siamban.InvalidGraphError):
                await tiny.open_device().compile_async(graph, True)

        asyncio.run(main())

    def make_graph(self):
        weights = Siamban.Weights.new()
        weights.add('conv.weight', Siamban.ParameterKind.WEIGHT, [2, 3, 1, 1])
        graph = Siamban.Graph.new(weights)
        y = graph.convolution(graph.input('x', 1, 3, 4, 4), 'conv.weight', None, 1, 0, 1, 1)
        graph.set_name(y, 'y')
        graph.add_output(y)
        return graph

    def test_cancelled_files(self):
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        checkpoint = Siamban.Checkpoint()
        checkpoint.collect(self.make_graph().get_weights())
        synth = Siamban.Synth.new(1, 20, 500, 128, 96)

        async def main():
            for number, work in enumerate((
                    checkpoint.save_async(f'{self.folder}/a', cancelled),
                    checkpoint.save_safetensors_async(f'{self.folder}/a', cancelled),
                    Siamban.onnx_save_async(self.make_graph(), 'one', f'{self.folder}/a', cancelled),
                    tiny.open_device().compile_async(self.make_graph(), False, cancelled))):
                with self.subTest(number), self.assertRaises(GLib.Error) as caught:
                    await work
                self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                         Gio.IOErrorEnum.CANCELLED))
            self.assertFalse(os.path.exists(f'{self.folder}/a'))

            # Ten thousand frames, given up after some.
            for write in (synth.write_frames_async, synth.write_crops_async):
                task = asyncio.create_task(write(f'{self.folder}/{write.__name__}'))
                handler = synth.connect('progress', lambda *_: task.cancel())
                with self.assertRaises(asyncio.CancelledError):
                    await task
                synth.disconnect(handler)
            frames = glob.glob(f'{self.folder}/write_frames_async/*/*.jpg')
            self.assertGreater(len(frames), 0)
            self.assertLess(len(frames), 5000)

        asyncio.run(main())

    def test_plot(self):
        trainer = tiny.make_trainer(self.folder, self.prepare())
        trainer.run()
        run = Siamban.Run.new(f'{self.folder}/run')
        try:
            import matplotlib.pyplot
        except ImportError:
            self.assertIsNone(run._repr_png_())
            self.skipTest('needs matplotlib')
        lines = run.plot(['total_loss', 'head_rate']).axes[0].lines
        self.assertEqual([line.get_label() for line in lines], ['total_loss', 'head_rate'])
        self.assertEqual(list(lines[0].get_xdata()), [1, 2, 3, 4, 5, 6])
        self.assertEqual(list(lines[0].get_ydata()), [one.total_loss for one in run])
        pixels = matplotlib.pyplot.imread(io.BytesIO(run._repr_png_()), format='png')
        self.assertEqual(pixels.ndim, 3)
        self.assertGreater(len({tuple(pixel) for pixel in pixels.reshape(-1, pixels.shape[2])}), 3)

    def test_cancelled_task(self):
        config = self.prepare()
        config['DATASET.VIDEOS_PER_EPOCH'] = 100000

        async def main():
            trainer = tiny.make_trainer(self.folder, config)
            task = asyncio.create_task(trainer.run_async())
            trainer.connect('iteration', lambda *_: task.cancel())
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(trainer.get_state(), Siamban.TrainerState.STOPPED)

        asyncio.run(main())
        self.assertTrue(glob.glob(f'{self.folder}/run/snapshot/checkpoint_i*.pth'))

    def test_cancelled_run(self):
        cancellable = Gio.Cancellable()
        trainer = tiny.make_trainer(self.folder, self.prepare())
        trainer.connect('iteration', lambda *_: cancellable.cancel())
        with self.assertRaises(GLib.Error) as caught:
            trainer.run(cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_context_manager_ends_the_run(self):
        config = self.prepare()
        config['DATASET.VIDEOS_PER_EPOCH'] = 100000
        with tiny.make_trainer(self.folder, config) as trainer:
            record = Record(trainer)
            trainer.run_async(None, lambda trainer, result: trainer.run_finish(result))
            self.wait(lambda: record.count('iteration') == 1)
        self.assertEqual(trainer.get_state(), Siamban.TrainerState.STOPPED)

    def interrupt(self, how):
        self.prepare()
        script = os.path.join(os.path.dirname(__file__), 'interrupt.py')
        with subprocess.Popen([sys.executable, script, self.folder, how], stdout=subprocess.PIPE,
                              text=True) as process:
            self.assertEqual(process.stdout.readline(), '1\n')
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read().split('\n')
        self.assertEqual(process.returncode, 0)
        self.assertEqual(rest[-2], 'interrupted stopped')
        self.assertTrue(glob.glob(f'{self.folder}/{how}/snapshot/checkpoint_i*.pth'))

    def test_ctrl_c_while_blocked(self):
        self.interrupt('block')

    def test_ctrl_c_while_awaited(self):
        self.interrupt('await')

    def test_ctrl_c_in_a_main_loop(self):
        self.interrupt('loop')

    def test_many_deliveries_under_load(self):
        config = self.prepare()
        config.update({'TRAIN.BATCH_SIZE': 1, 'TRAIN.EPOCH': 1, 'TRAIN.PRINT_FREQ': 1,
                       'BACKBONE.TRAIN_EPOCH': 1, 'DATASET.VIDEOS_PER_EPOCH': 550})
        trainers = [tiny.make_trainer(self.folder, config, f'run{i}') for i in range(4)]
        stop = threading.Event()
        # Threads that take the interpreter away from the one with the main loop.
        loads = [threading.Thread(target=lambda: [0 for _ in iter(stop.is_set, True)])
                 for _ in range(3)]
        records = [Record(trainer) for trainer in trainers]
        done = []

        for load in loads:
            load.start()
        try:
            for trainer in trainers:
                trainer.run_async(None, lambda trainer, result: done.append(
                    trainer.run_finish(result)))
            self.wait(lambda: len(done) == len(trainers))
        finally:
            stop.set()
            for load in loads:
                load.join()

        n_deliveries = sum(len(record.calls) for record in records)
        print(n_deliveries, 'deliveries')
        self.assertGreaterEqual(n_deliveries, N_DELIVERIES)
        for record in records:
            self.assertEqual(record.threads, {threading.get_ident()})
            numbers = [call[1].number for call in record.calls if call[0] == 'iteration']
            self.assertEqual(numbers, list(range(1, 551)))


if __name__ == '__main__':
    unittest.main()
