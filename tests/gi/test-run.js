// SPDX-License-Identifier: Apache-2.0
// A training from its data to its tracker, as a script in JavaScript does it.
// With a folder as its argument: trains there until somebody presses Ctrl-C.
imports.gi.versions.Siamban = '1.0';
const { Gio, GLib, GObject, Siamban } = imports.gi;
const { programInvocationName } = imports.system;

const CONFIG = `
BACKBONE:
  TYPE: mobilenetv2
  KWARGS: {used_layers: [3], width_mult: 0.25}
  PRETRAINED: ''
  TRAIN_EPOCH: 1
  TRAIN_LAYERS: [layer2, layer3]
ADJUST: {ADJUST: true, TYPE: AdjustAllLayer, KWARGS: {in_channels: [8], out_channels: [8]}}
BAN: {BAN: true, TYPE: MultiBAN, KWARGS: {in_channels: [8], cls_out_channels: 2, weighted: false}}
TRAIN:
  EPOCH: 2
  BATCH_SIZE: 2
  BASE_LR: 0.01
  LR: {TYPE: log, KWARGS: {start_lr: 0.01, end_lr: 0.005}}
  LR_WARMUP: {WARMUP: false}
DATASET:
  NAMES: [TINY]
  VIDEOS_PER_EPOCH: 6
`;

function check(condition, what) {
    if (!condition)
        throw new Error(`failed: ${what}`);
}

function makeConfig(folder) {
    const config = Siamban.Config.new();
    config.load_bytes(new GLib.Bytes(new TextEncoder().encode(CONFIG)), 'tiny.yaml');
    config.set_from_string(`DATASET.TINY.ROOT=${folder}/crops`);
    config.set_from_string(`DATASET.TINY.ANNO=${folder}/crops/train.json`);
    config.set_from_string('DATASET.TINY.FRAME_RANGE=2');
    return config;
}

function openDevice() {
    let device;
    try {
        device = Siamban.Device.open('cpu');
    } catch (error) {
        device = Siamban.Device.open('reference');
    }
    device.set_n_threads(1);
    return device;
}

function makeTrainer(folder, config, name) {
    return Siamban.Trainer.new(config, openDevice(), `${folder}/${name}`);
}

// Connects every signal; counts what came.
function record(object) {
    const counts = {};
    for (let type = object.constructor.$gtype; type !== null; type = GObject.type_parent(type)) {
        for (const name of GObject.signal_list_ids(type).map(id => GObject.signal_name(id))) {
            counts[name] = 0;
            object.connect(name, () => {
                counts[name]++;
            });
        }
        if (type === GObject.Object.$gtype)
            break;
    }
    return counts;
}

function makeImporter(folder) {
    return Siamban.SynthImporter.new(Siamban.Synth.new(1, 3, 3, 128, 96), `${folder}/crops`);
}

function track(folder, config) {
    const model = Siamban.Model.new(config);
    const checkpoint = Siamban.Checkpoint.new_from_file(`${folder}/run/snapshot/checkpoint_e2.pth`);
    check(checkpoint.apply(model.get_weights(), '').get_missing().length === 0, 'weights');
    check([...model.get_weights()].length === model.get_weights().get_n_items(), 'iteration');

    const synth = Siamban.Synth.new(9, 1, 3, 128, 96);
    const tracker = Siamban.Tracker.new(model, config, openDevice());
    tracker.init(synth.get_frame(0, 0), synth.get_box(0, 0)[1]);
    const result = tracker.track(synth.get_frame(0, 1));
    check(result.score_map.length === 625, 'score map');
    check(result.get_box().get_area() > 0, 'box');
}

async function drive(folder) {
    const importer = makeImporter(folder);
    const prepared = record(importer);
    await importer.run_async(null);
    check(Object.values(prepared).some(n => n > 0), `signals of an import: ${JSON.stringify(prepared)}`);

    const config = makeConfig(folder);
    const trainer = makeTrainer(folder, config, 'run');
    const counts = record(trainer);
    const states = [];
    trainer.connect('notify::state', () => {
        states.push(trainer.state);
        if (trainer.state === Siamban.TrainerState.PAUSED)
            trainer.resume();
    });
    const first = trainer.connect('iteration', () => {
        trainer.disconnect(first);
        trainer.pause();
    });
    check(await trainer.run_async(null) === true, 'the end of a run');
    check(counts['iteration'] === 6, `iterations: ${counts['iteration']}`);
    check(counts['epoch-finished'] === 2 && counts['checkpoint'] === 2, 'epochs');
    check(counts['sample-skipped'] === 0 && counts['update-skipped'] === 0, 'nothing skipped');
    check(states.includes(Siamban.TrainerState.PAUSED), 'a pause');
    check(trainer.state === Siamban.TrainerState.FINISHED, 'finished');

    const run = Siamban.Run.new(`${folder}/run`);
    check(run.series('total_loss').length === 6 && [...run].length === 6, 'iterations of a run');
    track(folder, config);

    const checkpoint = await Siamban.Checkpoint.new_from_file_async(
        `${folder}/run/snapshot/checkpoint_e2.pth`, null);
    check(checkpoint.get_names().length > 10, 'a checkpoint read in the background');
    const opened = await Siamban.Run.open_async(`${folder}/run`, null);
    check(opened.get_n_iterations() === 6, 'a run opened in the background');
    const dataset = await Siamban.Dataset.new_from_config_async(config, null);
    const sample = await dataset.get_sample_async(1, Siamban.AugmentationStages.ALL, null);
    check(sample.search.length === 3 * 255 * 255, 'a search image');
    check(sample.label_cls instanceof Int8Array && sample.label_cls.length === 625, 'labels');
    check([...Siamban.Loader.new(dataset, 4, 1, 0, 0, 1)].length === 3, 'batches');

    await writeFiles(folder, checkpoint);

    config.set_strv('DATASET.NAMES', []);
    let caught = null;
    try {
        await makeTrainer(folder, config, 'failing').run_async(null);
    } catch (error) {
        caught = error;
    }
    check(caught !== null && caught.matches(Siamban.error_quark(), caught.code), 'an error');
}

async function writeFiles(folder, checkpoint) {
    const synth = Siamban.Synth.new(1, 2, 3, 128, 96);
    const steps = [];
    synth.connect('progress', (_, done, all) => steps.push(`${done}/${all}`));
    check(await synth.write_frames_async(`${folder}/frames`, null), 'frames');
    check(steps[steps.length - 1] === '6/6', `progress ${steps}`);
    check(await synth.write_crops_async(`${folder}/more-crops`, null), 'crops');
    check(GLib.file_test(`${folder}/more-crops/train.json`, GLib.FileTest.EXISTS), 'a train.json');

    check(await checkpoint.save_async(`${folder}/a.pth`, null), 'a checkpoint');
    check(await checkpoint.save_safetensors_async(`${folder}/a.safetensors`, null), 'safetensors');
    for (const name of ['a.pth', 'a.safetensors']) {
        const again = Siamban.Checkpoint.new_from_file(`${folder}/${name}`);
        check(again.get_names().length === checkpoint.get_names().length, `names of ${name}`);
    }

    const weights = Siamban.Weights.new();
    weights.add('conv.weight', Siamban.ParameterKind.WEIGHT, [2, 3, 1, 1]);
    const graph = Siamban.Graph.new(weights);
    const y = graph.convolution(graph.input('x', 1, 3, 4, 4), 'conv.weight', null, 1, 0, 1, 1);
    graph.set_name(y, 'y');
    graph.add_output(y);
    check(await Siamban.onnx_save_async(graph, 'one', `${folder}/one.onnx`, null), 'ONNX');
    const program = await openDevice().compile_async(graph, false, null);
    check(program instanceof Siamban.Program, 'a program');

    const cancelled = new Gio.Cancellable();
    cancelled.cancel();
    let caught = null;
    try {
        await checkpoint.save_async(`${folder}/b.pth`, cancelled);
    } catch (error) {
        caught = error;
    }
    check(caught?.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), 'cancelled');
    check(!GLib.file_test(`${folder}/b.pth`, GLib.FileTest.EXISTS), 'no file');
}

// run() without a main loop blocks, and still emits.
function block(folder) {
    const trainer = makeTrainer(folder, makeConfig(folder), 'blocking');
    const counts = record(trainer);
    check(trainer.run(null) === true, 'run()');
    check(counts['iteration'] === 6, 'iterations of a blocking run');
}

const Schedule = GObject.registerClass(class TestSchedule extends Siamban.LrSchedule {
    vfunc_get_rate(epoch) {
        return epoch === 0 ? 0.02 : 0.002;
    }
});

const Stage = GObject.registerClass(class TestStage extends Siamban.AugmentationStage {
    vfunc_augment(image, isSearch, _seed) {
        this.calls = (this.calls ?? 0) + 1;
        check(image.get_size() === (isSearch ? 255 : 127), 'size of an image');
        return image;
    }
});

// Classes of JavaScript are called in this thread only, whoever trains.
function testSubclasses(folder) {
    const trainer = makeTrainer(folder, makeConfig(folder), 'subclasses');
    const stage = new Stage();
    const rates = [];

    check(!stage.any_thread, 'a stage of one thread');
    trainer.insert_stage(stage, 'color');
    trainer.set_schedule(new Schedule({ n_epochs: 2 }));
    trainer.connect('iteration', (_, iteration) => rates.push(iteration.head_rate.toFixed(6)));
    trainer.run(null);
    check(rates.join() === '0.010000,0.010000,0.010000,0.001000,0.001000,0.001000', `rates ${rates}`);
    check(stage.calls === 24, `calls of a stage: ${stage.calls}`);
}

function interrupt(folder) {
    const config = makeConfig(folder);
    config.set_int('DATASET.VIDEOS_PER_EPOCH', 100000);
    const trainer = makeTrainer(folder, config, 'interrupted');
    trainer.connect('iteration', (_, iteration) => {
        if (iteration.number === 1)
            print('1');
    });
    try {
        trainer.run(null);
    } catch (error) {
        check(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), 'cancelled');
        print(`interrupted ${trainer.state === Siamban.TrainerState.STOPPED}`);
    }
}

// A script of its own trains, and gets the signal that Ctrl-C sends.
function testInterrupt(folder) {
    const script = Gio.Subprocess.new(['gjs', programInvocationName, folder],
        Gio.SubprocessFlags.STDOUT_PIPE);
    const lines = new Gio.DataInputStream({ base_stream: script.get_stdout_pipe() });
    check(lines.read_line_utf8(null)[0] === '1', 'an iteration');
    script.send_signal(2);
    check(lines.read_line_utf8(null)[0] === 'interrupted true', 'an interrupted run');
    check(script.wait_check(null), 'a clean exit');
    const snapshots = Gio.File.new_for_path(`${folder}/interrupted/snapshot`)
        .enumerate_children('standard::name', 0, null);
    check(snapshots.next_file(null)?.get_name().startsWith('checkpoint_i'), 'a checkpoint');
}

function testArrays() {
    const numbers = new Float32Array([0, 1, 2, 3, 4, 5]);
    const tensor = Siamban.Tensor.new_from_array(numbers, [2, 3]);
    check(tensor.get_item(4) === 4, 'a tensor of a typed array');
    check(tensor.to_array().join() === '0,1,2,3,4,5', 'a typed array of a tensor');
    check(new Siamban.Box({ x1: 1, y1: 2, x2: 3, y2: 5 }).get_area() === 6, 'a box by keywords');
}

function testAbsent() {
    for (const name of ['Random', 'AtomicFile', 'Report', 'Training', 'RunFolder', 'Owner'])
        check(Siamban[name] === undefined, `no ${name}`);
    check(!('set_state' in Siamban.Trainer.prototype), 'the state is read-only');
}

if (ARGV.length > 0) {
    interrupt(ARGV[0]);
} else {
    const folder = GLib.Dir.make_tmp('siamban-XXXXXX');
    const loop = new GLib.MainLoop(null, false);
    let failure = null;

    testArrays();
    testAbsent();
    drive(folder).catch(error => {
        failure = error;
    }).finally(() => loop.quit());
    loop.run();
    if (failure)
        throw failure;
    block(folder);
    testSubclasses(folder);
    testInterrupt(folder);
    Gio.Subprocess.new(['rm', '-rf', folder], Gio.SubprocessFlags.NONE).wait(null);
    print('ok');
}
