// SPDX-License-Identifier: Apache-2.0
// What introspection cannot say of Siamban in JavaScript; gjs loads it with imports.gi.Siamban.

const { Gio, GLib } = imports.gi;

const SIGINT = 2;

// Bytes of the library as numbers; nothing is copied.
function toTypedArray(bytes, Type) {
    const data = bytes.toArray();
    return new Type(data.buffer, data.byteOffset, data.byteLength / Type.BYTES_PER_ELEMENT);
}

function toBytes(array) {
    return new GLib.Bytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

function addArrays(Siamban) {
    const { DType } = Siamban;
    const types = new Map([
        [DType.FLOAT32, Float32Array], [DType.FLOAT64, Float64Array], [DType.INT8, Int8Array],
        [DType.UINT8, Uint8Array], [DType.INT16, Int16Array], [DType.INT32, Int32Array],
        [DType.INT64, BigInt64Array], [DType.BOOL, Uint8Array],
    ]);

    Siamban.to_typed_array = toTypedArray;
    Siamban.Tensor.new_from_array = function (array, shape) {
        for (const [dtype, Type] of types) {
            if (array instanceof Type)
                return Siamban.Tensor.new(dtype, shape, toBytes(array));
        }
        throw new TypeError('a tensor is made of a typed array');
    };
    // Half and bfloat16 numbers, which JavaScript has not, come as float32.
    Siamban.Tensor.prototype.to_array = function () {
        const Type = types.get(this.get_dtype());
        return Type ? toTypedArray(this.get_bytes(), Type) : this.to_float32().to_array();
    };
    Siamban.Image.prototype.to_array = function () {
        return toTypedArray(this.get_bytes(), Uint8Array);
    };
    for (const kind of [Siamban.Sample, Siamban.Batch]) {
        const getters = {
            template: Float32Array, search: Float32Array,
            label_cls: Int8Array, label_loc: Float32Array,
        };
        for (const [name, Type] of Object.entries(getters)) {
            Object.defineProperty(kind.prototype, name, {
                get() {
                    return toTypedArray(this[`get_${name}`](), Type);
                },
            });
        }
    }
    for (const name of ['score_map', 'pscore_map']) {
        Object.defineProperty(Siamban.TrackResult.prototype, name, {
            get() {
                return toTypedArray(this[`get_${name}`](), Float32Array);
            },
        });
    }
    Siamban.Run.prototype.series = function (name) {
        return toTypedArray(this.get_series(name), Float64Array);
    };
}

function addIteration(Siamban) {
    Siamban.Weights.prototype[Symbol.iterator] = function* () {
        for (let i = 0; i < this.get_n_items(); i++)
            yield this.get_item(i);
    };
    Siamban.Loader.prototype[Symbol.iterator] = function* () {
        for (let batch; (batch = this.next(null)) !== null;)
            yield batch;
    };
    Siamban.Run.prototype[Symbol.iterator] = function* () {
        for (let i = 0; i < this.get_n_iterations(); i++)
            yield this.get_iteration(i);
    };
}

// Without a callback an asynchronous method returns a promise.
function addPromises(Siamban) {
    const pairs = [
        [Siamban.Trainer, 'run'], [Siamban.Importer, 'run'],
        [Siamban.Dataset, 'get_sample'], [Siamban.SubDataset, 'measure'],
        [Siamban.Run, 'ask'], [Siamban.Validation, 'run'],
        [Siamban.Checkpoint, 'save'], [Siamban.Checkpoint, 'save_safetensors'],
        [Siamban.Device, 'compile'], [Siamban.Synth, 'write_frames'], [Siamban.Synth, 'write_crops'],
    ];
    const functions = [
        [Siamban.TrainingPhase, 'list'], [Siamban.Checkpoint, 'new_from_file'],
        [Siamban.Dataset, 'new_from_config'], [Siamban.Run, 'open'], [Siamban.Run, 'launch'],
        [Siamban, 'onnx_save'],
    ];

    for (const [kind, name] of pairs)
        Gio._promisify(kind.prototype, `${name}_async`, `${name}_finish`);
    for (const [kind, name] of functions)
        Gio._promisify(kind, `${name}_async`, `${name}_finish`);
}

// A call that blocks would keep gjs from looking at signals of the system. This one runs a main loop
// of its own meanwhile: the work is done in another thread, and Ctrl-C cancels it.
function addInterruption(kind) {
    const begin = kind.prototype.run_async, finish = kind.prototype.run_finish;

    kind.prototype.run = function (cancellable = null) {
        const loop = new GLib.MainLoop(null, false);
        const stop = cancellable ?? new Gio.Cancellable();
        let result = null;
        const source = GLib.unix_signal_add(GLib.PRIORITY_HIGH, SIGINT, () => {
            stop.cancel();
            return GLib.SOURCE_CONTINUE;
        });

        begin.call(this, stop, (self, answer) => {
            result = answer;
            loop.quit();
        });
        try {
            loop.run();
        } finally {
            GLib.source_remove(source);
        }

        return finish.call(this, result);
    };
}

// gjs 1.74 cuts what a virtual function returns to whole numbers, so a schedule of JavaScript is asked
// here, and handed over as a table.
function addSchedules(Siamban) {
    const setSchedule = Siamban.Trainer.prototype.set_schedule;

    Siamban.Trainer.prototype.set_schedule = function (schedule) {
        const own = name => Object.hasOwn(schedule.constructor.prototype, name);

        if (own('vfunc_get_rate')) {
            const rates = Array.from({ length: schedule.n_epochs }, (_, epoch) =>
                schedule.vfunc_get_rate(epoch));
            const start = own('vfunc_get_start_rate') ? schedule.vfunc_get_start_rate() : rates[0];

            return setSchedule.call(this, Siamban.TableSchedule.new(rates, start));
        }

        return setSchedule.call(this, schedule);
    };
}

function _init() {
    addArrays(this);
    addIteration(this);
    addSchedules(this);
    addInterruption(this.Trainer);
    addInterruption(this.Importer);
    addPromises(this);
}
