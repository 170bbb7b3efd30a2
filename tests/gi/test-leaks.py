#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes and drops every class a thousand times; nothing may stay."""

import gc
import inspect
import os
import resource
import shutil
import struct
import tempfile
import unittest

import tiny
from gi.repository import GLib, GObject, Siamban

N_CYCLES = 1000
# What the allocators may keep for themselves, in bytes a cycle of a thousand.
SLACK = 4096

# Not made by scripts: families, and what others contain, such as the devices of a run while it trains.
ABSTRACT = {'AugmentationStage', 'Communicator', 'ConfigGroup', 'Engine', 'Importer', 'LrSchedule',
            'RunDevice'}


def resident():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def make_factories(folder):
    tiny.make_importer(folder).run()
    config = tiny.make_config(folder)
    trainer = tiny.make_trainer(folder, config)
    trainer.run()
    synth = Siamban.Synth.new(1, 1, 2, 128, 96)
    synth.write_frames(f'{folder}/frames')
    clip = f'{folder}/frames/{synth.get_video_name(0)}'
    device = tiny.open_device()
    dataset = Siamban.Dataset.new_from_config(config)
    source = dataset.get_sub_datasets()[0]
    model = trainer.get_model()
    weights = model.get_weights()
    image = synth.get_frame(0, 0)
    box = synth.get_box(0, 0)[1]
    checkpoint = Siamban.Checkpoint.new()
    checkpoint.collect(weights)
    tracker = Siamban.Tracker.new(model, config, device)
    tracker.init(image, box)
    target = Siamban.PointTarget.new(8, 25, 255, 16, 16, 64)
    draws = Siamban.AugmentationDraws.new()
    augmentation = Siamban.Augmentation.new(4, 0.05, 0, 0, 1)
    importer = tiny.make_importer(f'{folder}/again')
    importer.run()
    data = GLib.Bytes.new(struct.pack('6f', *range(6)))
    truth = Siamban.Trajectory.new([box, box])
    iteration = Siamban.Iteration(number=1)
    result = Siamban.ValidationResult(epoch=1)
    shutil.copytree(f'{folder}/run', f'{folder}/damaged')
    with open(f'{folder}/damaged/config.json', 'w') as file:
        file.write('{')
    os.makedirs(f'{folder}/validation')
    os.symlink(clip, f'{folder}/validation/clip')

    def graph():
        own = Siamban.Weights.new()
        own.add('conv.weight', Siamban.ParameterKind.WEIGHT, [2, 3, 1, 1])
        graph = Siamban.Graph.new(own)
        y = graph.convolution(graph.input('x', 1, 3, 4, 4), 'conv.weight', None, 1, 0, 1, 1)
        graph.set_name(y, 'y')
        graph.add_output(y)
        return graph

    factories = {
        'Annotations': lambda: Siamban.Annotations.new_from_file(f'{folder}/crops/train.json'),
        'Augmentation': lambda: Siamban.Augmentation.new(4, 0.05, 0, 0, 1),
        'AugmentationDraws': lambda: Siamban.AugmentationDraws.new_from_seed(1, False),
        'AugmentedImage': lambda: augmentation.apply(image, box, 31, draws),
        'Batch': lambda: Siamban.Loader.new(dataset, 1, 0, 0, 0, 1).next(None),
        'Box': lambda: Siamban.Box(1, 2, 3, 4),
        'Checkpoint': Siamban.Checkpoint.new,
        'Config': Siamban.Config.new,
        'CosineSchedule': lambda: Siamban.CosineSchedule.new(3, 0.1, 0.01),
        'Dataset': lambda: Siamban.Dataset.new_from_config(config),
        'Device': lambda: Siamban.Device.open('reference'),
        'DeviceUsage': device.measure_usage,
        'Evaluation': lambda: Siamban.Evaluation.new(truth, truth),
        'Frame': lambda: source.list_frames()[0],
        'FramesImporter': lambda: Siamban.FramesImporter.new(clip, folder),
        'Graph': graph,
        'Image': lambda: synth.get_frame(0, 1),
        'Iteration': lambda: Siamban.Iteration.new_from_json(iteration.to_json()),
        'LinearSchedule': lambda: Siamban.LinearSchedule.new(3, 0.1, 0.01),
        'LoadReport': lambda: checkpoint.apply(weights, ''),
        'Loader': lambda: Siamban.Loader.new(dataset, 1, 1, 0, 0, 1),
        'LogSchedule': lambda: Siamban.LogSchedule.new(3, 0.1, 0.01),
        'Meters': lambda: Siamban.Meters.new(10),
        'Model': lambda: Siamban.Model.new(config),
        'MultiStepSchedule': lambda: Siamban.MultiStepSchedule.new(3, 0.1, 0.01, [1], 0),
        'Optimizer': lambda: Siamban.Optimizer.new(config, weights),
        'Parameter': lambda: graph().get_weights()[0],
        'PointLabels': lambda: target.assign(box, False, 1),
        'PointTarget': lambda: Siamban.PointTarget.new(8, 25, 255, 16, 16, 64),
        'PrepareReport': importer.get_report,
        'Program': lambda: Siamban.Device.open('reference').compile(graph(), False),
        'Run': lambda: Siamban.Run.new(f'{folder}/run'),
        'RunProblem': lambda: Siamban.Run.new(f'{folder}/damaged').get_problems()[0],
        'SampleRange': lambda: Siamban.Run.new(f'{folder}/run').find_samples(2),
        'Sample': lambda: dataset.get_sample(3),
        'Sequence': lambda: Siamban.Sequence.new_from_folder(clip),
        'Statistics': lambda: source.measure(None),
        'Histogram': lambda: source.measure(None).get_box_sizes(),
        'StepSchedule': lambda: Siamban.StepSchedule.new(3, 0.1, 0.01, 1, 0),
        'SubDataset': lambda: Siamban.SubDataset.new(
            'TINY', f'{folder}/crops', f'{folder}/crops/train.json', 2, -1, 0),
        'Synth': lambda: Siamban.Synth.new(1, 1, 2, 128, 96),
        'SynthImporter': lambda: Siamban.SynthImporter.new(synth, folder),
        'TableSchedule': lambda: Siamban.TableSchedule.new([0.1, 0.2], 0.1),
        'Tensor': lambda: Siamban.Tensor.new(Siamban.DType.FLOAT32, [2, 3], data),
        'Track': lambda: source.list_videos()[0].list_tracks()[0],
        'TrackResult': lambda: tracker.track(image),
        'Tracker': lambda: Siamban.Tracker.new(model, config, device),
        'Trainer': lambda: tiny.make_trainer(folder, config, 'other'),
        'TrainingPhase': lambda: Siamban.TrainingPhase.list(config, device)[0],
        'Trajectory': lambda: Siamban.Trajectory.new([box]),
        'Validation': lambda: Siamban.Validation.new(f'{folder}/validation'),
        'ValidationResult': lambda: Siamban.ValidationResult.new_from_json(result.to_json()),
        'Video': lambda: source.list_videos()[0],
        'WarmupSchedule': lambda: Siamban.WarmupSchedule.new(
            Siamban.LinearSchedule.new(3, 0.1, 0.1), Siamban.LogSchedule.new(3, 0.1, 0.01)),
        'VideoWriter': lambda: Siamban.VideoWriter.new(f'{folder}/clip.avi', 64, 48, 10),
        'Weights': Siamban.Weights.new,
    }
    return factories


def list_classes():
    for name in dir(Siamban):
        item = getattr(Siamban, name)
        if inspect.isclass(item) and issubclass(item, (GObject.Object, GObject.GBoxed)):
            yield name


class Leaks(unittest.TestCase):
    def test_every_class(self):
        with tempfile.TemporaryDirectory() as folder:
            factories = make_factories(folder)
            groups = [name for name in list_classes() if name.endswith('Config') and name != 'Config']
            missing = set(list_classes()) - set(factories) - set(groups) - ABSTRACT
            self.assertFalse(missing, 'classes that nobody makes here')
            for name, make in sorted(factories.items()):
                with self.subTest(name):
                    self.check(name, make)

    def check(self, name, make):
        alive = set()

        def cycle():
            item = make()
            self.assertIsInstance(item, getattr(Siamban, name))
            # What the library keeps, such as a device, comes again.
            if isinstance(item, GObject.Object) and hash(item) not in alive:
                alive.add(hash(item))
                item.weak_ref(alive.discard, hash(item))

        for _ in range(20):
            cycle()
        before = resident()
        for _ in range(N_CYCLES - 20):
            cycle()
        gc.collect()
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass

        # One may still be in the list that it came from.
        self.assertLessEqual(len(alive), 1, 'objects that are still there')
        self.assertLess(resident() - before, N_CYCLES * SLACK, 'bytes that stayed')


if __name__ == '__main__':
    unittest.main()
