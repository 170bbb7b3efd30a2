#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints each value of a training's start, in the order in which the original comes to it.

usage: debug-walk.py CONFIG [KEY=VALUE ...]

Each heading names the file and function of the original (SiamBAN for PyTorch), so that a debug log of one
can be read beside the other. Nothing is written.
"""

import sys

import gi
import numpy

gi.require_version('Siamban', '1.0')
from gi.repository import Siamban


def heading(text, source):
    print(f'\n== {text}  [{source}]')


def show(name, array):
    array = numpy.asarray(array)
    numbers = ' '.join(f'{value:g}' for value in array.ravel()[:6])
    print(f'{name}: {array.dtype} {array.shape}: {numbers}{" ..." if array.size > 6 else ""}')


def load_weights(config, model, key, prefix):
    path = config[key]
    heading(f'missing, unused and used keys of {key}: {path or "none"}',
            'utils/model_load.py: load_pretrain, remove_prefix, check_keys')
    if not path:
        return
    report = Siamban.Checkpoint.new_from_file(path).apply(model.get_weights(), prefix)
    for kind in ('missing', 'unused', 'used'):
        names = getattr(report, f'get_{kind}')()
        print(f'{kind} keys: {len(names)} {names[:4]}')


def show_model(model):
    heading('the network and what of it trains', 'models/model_builder.py: ModelBuilder')
    print(model.to_string())


def show_sources(dataset):
    for source in dataset.get_sub_datasets():
        heading(f'source {source.get_name()}', 'datasets/dataset.py: SubDataset')
        annotations = source.get_annotations()
        print(source.to_string())
        print(f'videos {source.get_n_videos()}, frames {annotations.get_n_frames_total()},'
              f' boxes without an area {annotations.get_n_dropped_boxes()}'
              ' (filter_zero)')
        for warning in annotations.get_warnings():
            print(warning)
    heading('pick list of the first pass', 'datasets/dataset.py: BANDataset.shuffle, SubDataset.shuffle')
    picks = numpy.frombuffer(dataset.get_picks(0).get_data(), 'uint32')
    show('pick', picks)
    print(f'samples of the whole run: {len(dataset)}')


def show_optimizer(config, model):
    optimizer = Siamban.Optimizer.new(config, model.get_weights())
    schedule = optimizer.get_schedule()
    heading('parameter groups', 'tools/train.py: build_opt_lr')
    for group in range(optimizer.get_n_groups()):
        names = optimizer.get_group_parameters(group)
        print(f'{optimizer.get_group_name(group)}: {len(names)} parameters,'
              f' initial_lr {optimizer.get_group_base_rate(group):g},'
              f' lr {optimizer.get_group_rate(group):g}, {names[:2]}')
    heading('lr spaces: warm-up and normal', 'utils/lr_scheduler.py: build_lr_scheduler, WarmUPScheduler')
    print(schedule.to_string())
    show('lr_spaces', [schedule.get_rate(epoch) for epoch in range(schedule.get_n_epochs())])
    print(f'start_lr: {schedule.get_start_rate():g}')


def show_sample(dataset):
    sample = dataset[0]
    heading('the first sample: its pair', 'datasets/dataset.py: BANDataset.__getitem__, get_positive_pair')
    print(f'index {sample.get_index()}, negative pair: {sample.is_negative()},'
          f' gray: {sample.get_search_draws().gray}')
    print(f'template {sample.get_template_path()} frame {sample.get_template_frame()}')
    print(f'search   {sample.get_search_path()} frame {sample.get_search_frame()}')
    heading('template, search and boxes', 'datasets/augmentation.py: Augmentation.__call__; dataset.py: _get_bbox')
    show('template', sample.template)
    print(f'template box: {sample.get_template_box()}')
    show('search', sample.search)
    print(f'bbox: {sample.get_box()}')
    print(f'draws of the search image: {sample.get_search_draws()}')

    target = dataset.props.point_target
    size = sample.get_output_size()
    points = numpy.frombuffer(target.get_points().get_data(), 'float32').reshape(2, size, size)
    heading('points', 'utils/point.py: Point')
    show('points', points)
    print(f'x and y from {points.min():g} to {points.max():g}')
    heading('positive and negative positions', 'datasets/point_target.py: PointTarget.__call__')
    for name, value in (('pos', 1), ('neg', 0)):
        rows, columns = numpy.nonzero(sample.label_cls == value)
        print(f'{name}: {len(rows)} (row, column): {list(zip(rows.tolist(), columns.tolist()))[:8]}')
    show('label_cls', sample.label_cls)
    show('label_loc', sample.label_loc)


def show_step(config, model, dataset):
    size = config['TRAIN.BATCH_SIZE']
    batch = Siamban.Loader.new(dataset, size, 0, 0, 0, 1).next(None)
    if batch is None:
        sys.exit(f'TRAIN.BATCH_SIZE: the data makes no batch of {size}')
    inputs = {'template': batch.template, 'search': batch.search,
              'label_cls': batch.label_cls[:, None], 'label_loc': batch.label_loc}
    heading('the first batch', 'tools/train.py: build_data_loader, train')
    for name, array in inputs.items():
        show(name, array)

    program = Siamban.Device.open(None).compile(model.build_training(size), True)
    for name, array in inputs.items():
        program.set_input(name, Siamban.Tensor(array))
    program.forward()
    heading('cls and loc', 'models/model_builder.py: ModelBuilder.forward; models/head/ban.py')
    for name in ('cls', 'loc'):
        show(name, program.get_output(name).numpy())
    heading('losses', 'models/loss.py: select_cross_entropy_loss; models/iou_loss.py')
    for name in ('cls_loss', 'loc_loss', 'total_loss'):
        show(name, program.get_output(name).numpy())


def main(path, *assignments):
    config = Siamban.Config.new_from_file(path)
    for assignment in assignments:
        config.set_from_string(assignment)

    heading('config', 'core/config.py: cfg; tools/train.py: main')
    print(config.to_json())
    model = Siamban.Model.new(config)
    show_model(model)
    load_weights(config, model, 'BACKBONE.PRETRAINED', 'backbone.')
    dataset = Siamban.Dataset.new_from_config(config)
    show_sources(dataset)
    show_optimizer(config, model)
    load_weights(config, model, 'TRAIN.RESUME', '')
    load_weights(config, model, 'TRAIN.PRETRAINED', '')
    show_sample(dataset)
    show_step(config, model, dataset)


main(*sys.argv[1:])
