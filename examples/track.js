#!/usr/bin/gjs
// SPDX-License-Identifier: Apache-2.0
// Tracks a target through a folder of frames, and prints its box in each of them.
//
// usage: track.js CONFIG SNAPSHOT FOLDER [X1 Y1 X2 Y2]
//
// Without a box, that of the folder's groundtruth.txt is where it starts.
imports.gi.versions.Siamban = '1.0';
const { Siamban } = imports.gi;

function main(path, snapshot, folder, ...corners) {
    const config = Siamban.Config.new_from_file(path);
    const model = Siamban.Model.new(config);
    const report = Siamban.Checkpoint.new_from_file(snapshot).apply(model.get_weights(), '');
    if (report.get_missing().length > 0)
        printerr(report.to_string());

    const frames = Siamban.Sequence.new_from_folder(folder);
    let box;
    if (corners.length === 4)
        box = Siamban.Box.new(...corners.map(Number));
    else
        [, box] = frames.get_box(0);

    const tracker = Siamban.Tracker.new(model, config, Siamban.Device.open(null));
    tracker.init(frames.get_frame(0), box);
    for (let i = 1; i < frames.get_n_frames(); i++) {
        const result = tracker.track(frames.get_frame(i));
        const { x1, y1, x2, y2 } = result.get_box();
        const [x, y, w, h] = [x1, y1, x2 - x1, y2 - y1].map(number => number.toFixed(2));
        print(`${i}: ${x},${y},${w},${h} score ${result.get_score().toFixed(3)}`);
    }
}

main(...ARGV);
