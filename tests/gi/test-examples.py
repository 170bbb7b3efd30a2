#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every example on generated data. usage: test-examples.py EXAMPLES [GJS]"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tiny
from gi.repository import Siamban

EXAMPLES, GJS = (sys.argv[1:] + [None])[:2]
DOCS = os.path.join(EXAMPLES, '..', 'docs')

# What a reader of the original's debug log looks for, in its order.
WALK = ['== config', '"BATCH_SIZE": 2', '== the network',
        '== missing, unused and used keys of BACKBONE.PRETRAINED', '== source TINY', '== pick list',
        'pick: uint32 (3,)', '== parameter groups', 'backbone: ', 'neck: ', 'head: ', '== lr spaces',
        'lr_spaces: float64 (2,)', '== missing, unused and used keys of TRAIN.RESUME',
        '== missing, unused and used keys of TRAIN.PRETRAINED', 'missing keys: 0', 'unused keys: 0',
        '== the first sample', '== template, search and boxes', 'template: float32 (3, 127, 127)',
        'search: float32 (3, 255, 255)', 'bbox: Siamban.Box', '== points',
        'points: float32 (2, 25, 25)', 'x and y from 31 to 223', '== positive and negative positions',
        'pos: ', 'neg: ', 'label_cls: int8 (25, 25)', 'label_loc: float32 (4, 25, 25)',
        '== the first batch', 'template: float32 (2, 3, 127, 127)', '== cls and loc',
        'cls: float32 (2, 2, 25, 25)', 'loc: float32 (2, 4, 25, 25)', '== losses', 'cls_loss: float32',
        'loc_loss: float32', 'total_loss: float32']


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = cls.holder.name
        tiny.make_importer(cls.folder).run()
        cls.config = f'{cls.folder}/config.yaml'
        with open(cls.config, 'w') as file:
            file.write(tiny.make_config(cls.folder).to_yaml())
        tiny.make_trainer(cls.folder, tiny.make_config(cls.folder), 'first').run()
        cls.snapshot = f'{cls.folder}/first/snapshot/checkpoint_e2.pth'

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def run_example(self, name, *arguments):
        interpreter = GJS if name.endswith('.js') else sys.executable
        environment = dict(os.environ, MPLBACKEND='Agg', OMP_NUM_THREADS='1')
        done = subprocess.run([interpreter, os.path.join(EXAMPLES, name), *arguments],
                              env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_none_is_forgotten(self):
        names = {os.path.basename(path) for pattern in ('*.py', '*.js')
                 for path in glob.glob(os.path.join(EXAMPLES, pattern))}
        with open(__file__) as file:
            text = file.read()
        self.assertFalse([name for name in names if f"'{name}'" not in text])

    def test_train(self):
        text = self.run_example('train.py', self.config, f'{self.folder}/train', 'TRAIN.EPOCH=1',
                                'BACKBONE.TRAIN_EPOCH=1')
        self.assertIn('Epoch: [1]', text)
        self.assertEqual(len(Siamban.Run.new(f'{self.folder}/train')), 3)

    def test_inspect_samples(self):
        text = self.run_example('inspect-samples.py', self.config, f'{self.folder}/samples', '3')
        self.assertIn('12 samples', text)
        self.assertEqual(len(glob.glob(f'{self.folder}/samples/*.png')), 3)

    def test_custom_schedule(self):
        text = self.run_example('custom-schedule.py', self.config, f'{self.folder}/custom')
        self.assertEqual(re.findall(r'^\d \d: rate ([\d.]+)', text, re.M),
                         ['0.001000'] * 3 + ['0.003162'] * 3)

    def test_convert_weights(self):
        there, back = f'{self.folder}/weights.safetensors', f'{self.folder}/weights.pth'
        text = self.run_example('convert-weights.py', self.snapshot, there, self.config)
        self.assertIn('backbone.', text)
        self.run_example('convert-weights.py', there, back)
        first = Siamban.Checkpoint.new_from_file(self.snapshot)
        last = Siamban.Checkpoint.new_from_file(back)
        self.assertEqual(sorted(first), sorted(last))
        for name in first:
            self.assertTrue((first[name].numpy() == last[name].numpy()).all(), name)

    def getting_started(self, name, changes):
        """The blocks of a chapter, by their language, with what makes them small."""
        with open(os.path.join(DOCS, name)) as file:
            blocks = re.findall(r'^```(\w+)\n(.*?)^```', file.read(), re.M | re.S)
        for old, new in changes.items():
            self.assertIn(old, ''.join(text for _, text in blocks))
            blocks = [(language, text.replace(old, new)) for language, text in blocks]
        return blocks

    @unittest.skipIf(shutil.which(GJS or '') is None, 'needs gjs')
    @unittest.skipIf(shutil.which('siamban') is None, 'needs the command')
    def test_getting_started(self):
        """Every line that a newcomer copies, in the chapter's order, in a folder of its own."""
        config = os.path.join(self.folder, 'small.yaml')
        with open(config, 'w') as file:
            file.write(tiny.CONFIG.replace('TINY', 'SYNTH'))
        changes = {'./run build\n': '', '. examples/environment.sh\n': '',
                   'configs/siamban_r18_small.yaml': config, '100, 12, 320, 240': '3, 3, 128, 96',
                   '--videos 100 --frames 12 --size 320x240': '--videos 3 --frames 3 --size 128x96'}
        environment = dict(os.environ, MPLBACKEND='Agg', OMP_NUM_THREADS='1')
        for name in ('getting-started.md', 'getting-started.zh_CN.md'):
            place = os.path.join(self.folder, name)
            os.mkdir(place)
            os.symlink(EXAMPLES, os.path.join(place, 'examples'))
            ran = []
            for language, text in self.getting_started(name, changes):
                script = os.path.join(place, f'script.{language}')
                if language == 'sh' and 'siamban synth' not in text:
                    continue
                with open(script, 'w') as file:
                    file.write(text)
                with self.subTest(name, language=language):
                    interpreter = {'sh': ['sh', '-e'], 'python': [sys.executable], 'js': [GJS]}[language]
                    done = subprocess.run(interpreter + [script], cwd=place, env=environment,
                                          capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    ran.append(language)
            self.assertEqual(ran, ['sh', 'python', 'js'])
            for run in ('run', 'run-python', 'run-js'):
                self.assertEqual(len(Siamban.Run.new(os.path.join(place, run))), 6)

    def test_chapters_say_the_same(self):
        """Only comments and prose are translated."""
        english, chinese = ([(language, re.sub('#.*', '', text))
                             for language, text in self.getting_started(name, {})]
                            for name in ('getting-started.md', 'getting-started.zh_CN.md'))
        self.assertEqual(english, chinese)

    @unittest.skipIf(shutil.which(GJS or '') is None, 'needs gjs')
    def test_track(self):
        synth = Siamban.Synth.new(5, 1, 4, 128, 96)
        synth.write_frames(f'{self.folder}/frames')
        clip = f'{self.folder}/frames/{synth.get_video_name(0)}'
        lines = self.run_example('track.js', self.config, self.snapshot, clip).splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertRegex(line, r'^\d: [-\d.,]+ score [\d.]+$')

    def test_debug_walk(self):
        text = self.run_example('debug-walk.py', self.config, f'TRAIN.PRETRAINED={self.snapshot}')
        at = 0
        for part in WALK:
            found = text.find(part, at)
            self.assertGreaterEqual(found, 0, f'no “{part}” after “{text[max(at - 200, 0):at]}”')
            at = found + len(part)
        losses = [float(value) for value in re.findall(r'^(?:cls|loc|total)_loss: .*: (\S+)$', text, re.M)]
        self.assertEqual(len(losses), 3)
        self.assertAlmostEqual(losses[2], losses[0] + losses[1], places=4)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
