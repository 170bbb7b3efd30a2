# SPDX-License-Identifier: Apache-2.0
"""Trains until somebody presses Ctrl-C. usage: interrupt.py FOLDER block|await|loop"""

import asyncio
import sys

import tiny
from gi.repository import GLib, Siamban

folder, how = sys.argv[1:]
config = tiny.make_config(folder)
config['DATASET.VIDEOS_PER_EPOCH'] = 100000
trainer = tiny.make_trainer(folder, config, how)
trainer.connect('iteration', lambda _, iteration: print(iteration.number, flush=True))


async def main():
    await trainer.run_async()


try:
    if how == 'block':
        trainer.run()
    elif how == 'await':
        asyncio.run(main())
    else:
        with trainer:
            trainer.run_async(None, lambda trainer, result: trainer.run_finish(result))
            GLib.MainLoop().run()
except KeyboardInterrupt:
    print('interrupted', trainer.get_state().value_nick, flush=True)
