// SPDX-License-Identifier: Apache-2.0
// The library from JavaScript.
imports.gi.versions.Siamban = '1.0';
const { GLib, Siamban } = imports.gi;

function check(condition, what) {
    if (!condition)
        throw new Error(`failed: ${what}`);
}

const box = Siamban.Box.new(10, 20, 40, 60);
check(box.get_area() === 1200, 'area of a box');
check(box.x2 === 40, 'field of a box');

const numbers = new Float32Array([0, 1, 2, 3, 4, 5]);
const tensor = Siamban.Tensor.new(Siamban.DType.FLOAT32, [2, 3],
    new GLib.Bytes(new Uint8Array(numbers.buffer)));
check(tensor.get_shape().join() === '2,3', 'shape of a tensor');
const bytes = tensor.get_bytes().toArray();
const back = new Float32Array(bytes.buffer, bytes.byteOffset, 6);
check(back[4] === 4, 'numbers of a tensor');

let caught = null;
try {
    Siamban.Device.open('nowhere:7');
} catch (error) {
    caught = error;
}
check(caught !== null && caught.matches(Siamban.error_quark(), Siamban.Error.NO_DEVICE),
    'a device that does not exist');

const config = Siamban.Config.new();
config.set_from_string('TRAIN.EPOCH=3');
check(config.get_int('TRAIN.EPOCH') === 3, 'a key that was set');

check(Siamban.Random === undefined, 'no private names');
print('ok');
