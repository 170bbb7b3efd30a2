# SPDX-License-Identifier: Apache-2.0
"""What introspection cannot say of Siamban in Python.

Imported by `from gi.repository import Siamban`; nothing here is to be imported by itself. NumPy,
asyncio and matplotlib are imported when something asks for them.
"""

import contextlib
import ctypes
import functools
import signal
import socket
import threading

from gi.repository import Gio, GLib
from ..module import get_introspection_module
from ..overrides import override

Siamban = get_introspection_module('Siamban')

__all__ = []


def _public(item):
    __all__.append(item.__name__)
    return item


# Arrays


def _view(data, dtype, shape):
    """A read-only array on the very memory of some bytes, which it keeps alive."""
    import numpy

    size = data.get_size()
    if size == 0:
        return numpy.zeros(shape, dtype)
    memory = (ctypes.c_ubyte * size).from_address(Siamban.bytes_get_address(data))
    memory.owner = data
    array = numpy.frombuffer(memory, dtype).reshape(shape)
    array.flags.writeable = False
    return array


def _bytes(array):
    """Bytes on the memory of an array, which they keep alive; it must be contiguous."""
    return Siamban.bytes_new_at_address(array.ctypes.data, array.nbytes,
                                        functools.partial(_keep, array))


def _keep(array, *_):
    """Never called: it only holds the array."""


def _contiguous(array, dtype=None):
    import numpy

    return numpy.ascontiguousarray(array, dtype)


# Values


def _fields(cls):
    return [field.get_name() for field in cls.__info__.get_fields()]


class _Value:
    """A plain struct: made by keywords, compared and pickled by its fields."""

    def __init__(self, *args, **values):
        names = _fields(type(self))
        if len(args) > len(names):
            raise TypeError(f'{type(self).__name__} has {len(names)} fields, not {len(args)}')
        for name, value in zip(names, args):
            if name in values:
                raise TypeError(f'{name} is given twice')
            values[name] = value
        for name in values:
            if name not in names:
                raise TypeError(f'{type(self).__name__} has no field {name}; it has '
                                + ', '.join(names))
        for name, value in values.items():
            setattr(self, name, value)

    def _values(self):
        return tuple(getattr(self, name) for name in _fields(type(self)))

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    __hash__ = None

    def __iter__(self):
        return iter(self._values())

    def __reduce__(self):
        return type(self), self._values()

    def __repr__(self):
        values = zip(_fields(type(self)), self._values())
        return f'Siamban.{type(self).__name__}({", ".join(f"{n}={v!r}" for n, v in values)})'


@_public
@override
class Box(_Value, Siamban.Box):
    def __init__(self, *args, **values):
        Siamban.Box.__init__(self)
        _Value.__init__(self, *args, **values)


@_public
@override
class Iteration(_Value, Siamban.Iteration):
    def __init__(self, *args, **values):
        Siamban.Iteration.__init__(self)
        _Value.__init__(self, *args, **values)


@_public
@override
class ValidationResult(_Value, Siamban.ValidationResult):
    def __init__(self, *args, **values):
        Siamban.ValidationResult.__init__(self)
        _Value.__init__(self, *args, **values)


@_public
@override
class AugmentationDraws(_Value, Siamban.AugmentationDraws):
    """Without values: the middle of everything, so that nothing is augmented."""

    def __new__(cls, *args, **values):
        return Siamban.AugmentationDraws.new()

    def __init__(self, *args, **values):
        _Value.__init__(self, *args, **values)


@_public
@override
class Tensor(Siamban.Tensor):
    """`Tensor(array)` shares the array's memory, which must not be changed from then on."""

    def __new__(cls, array):
        import numpy

        array = _contiguous(array)
        names = {Siamban.dtype_get_name(dtype): dtype for dtype in _dtypes()}
        dtype = names.get(array.dtype.name)
        if dtype is None or array.dtype != numpy.dtype(array.dtype.name):
            raise TypeError(f'no tensor has elements of type {array.dtype}')
        return Siamban.Tensor.new(dtype, list(array.shape), _bytes(array))

    def __init__(self, array):
        pass

    def __reduce__(self):
        return type(self), (self.numpy().copy(),)

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __len__(self):
        return self.get_shape()[0]

    def __getitem__(self, index):
        return self.numpy()[index]

    def __repr__(self):
        return f'<Siamban.Tensor {self.to_string()}>'

    @property
    def shape(self):
        return tuple(self.get_shape())

    @property
    def dtype(self):
        return Siamban.dtype_get_name(self.get_dtype())

    def numpy(self):
        """The tensor's own memory as a read-only array; bfloat16, which NumPy has not, as float32."""
        if self.get_dtype() == Siamban.DType.BFLOAT16:
            return self.to_float32().numpy()
        return _view(self.get_bytes(), self.dtype, self.shape)


def _dtypes():
    return [Siamban.DType(value) for value in sorted(Siamban.DType.__enum_values__)]


@_public
@override
class Image(Siamban.Image):
    """`Image(array)` takes (height, width, 3) bytes of blue, green, red, and shares their memory."""

    def __new__(cls, array):
        array = _contiguous(array)
        if array.dtype.name != 'uint8' or array.ndim != 3 or array.shape[2] != 3:
            raise TypeError('an image is made of uint8 of shape (height, width, 3), not of '
                            f'{array.dtype} of shape {array.shape}')
        return Siamban.Image.new_from_data(array.shape[1], array.shape[0], _bytes(array))

    def __init__(self, array):
        pass

    def __reduce__(self):
        return type(self), (self.numpy().copy(),)

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    @property
    def shape(self):
        return self.get_height(), self.get_width(), 3

    def numpy(self):
        """The image's own memory, (height, width, 3) of blue, green, red; read-only."""
        return _view(self.get_bytes(), 'uint8', self.shape)

    def _repr_png_(self):
        return self.to_png().get_data()


def _planes(getter, *leading):
    """A property with float32 planes of blue, green and red."""
    side = 'get_template_size' if 'template' in getter else 'get_search_size'

    def get(self):
        size = getattr(self, side)()
        shape = tuple(getattr(self, name)() for name in leading) + (3, size, size)
        return _view(getattr(self, getter)(), 'float32', shape)

    return property(get, doc='float32 planes of blue, green, red; the memory of the library')


def _labels(getter, dtype, planes, *leading):
    def get(self):
        size = self.get_output_size()
        shape = tuple(getattr(self, name)() for name in leading) + planes + (size, size)
        return _view(getattr(self, getter)(), dtype, shape)

    return property(get, doc=f'{dtype} labels of the points; the memory of the library')


@_public
@override
class Sample(Siamban.Sample):
    template = _planes('get_template')
    search = _planes('get_search')
    label_cls = _labels('get_label_cls', 'int8', ())
    label_loc = _labels('get_label_loc', 'float32', (4,))

    def _repr_png_(self):
        parts = (Siamban.SampleParts.TEMPLATE | Siamban.SampleParts.SEARCH
                 | Siamban.SampleParts.BOXES | Siamban.SampleParts.POINTS)
        return self.render(parts, 1).to_png().get_data()


class _Indexed:
    """A sequence by two methods of its class: one counts, one gives an item."""

    def __len__(self):
        return getattr(self, self._count)()

    def __getitem__(self, index):
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        return getattr(self, self._item)(index)


@_public
@override
class Batch(_Indexed, Siamban.Batch):
    _count, _item = 'get_size', 'get_sample'

    template = _planes('get_template', 'get_size')
    search = _planes('get_search', 'get_size')
    label_cls = _labels('get_label_cls', 'int8', (), 'get_size')
    label_loc = _labels('get_label_loc', 'float32', (4,), 'get_size')


@_public
@override
class AugmentedImage(Siamban.AugmentedImage):
    @property
    def pixels(self):
        """float32 planes of blue, green, red; the memory of the library."""
        size = self.get_size()
        return _view(self.get_pixels(), 'float32', (3, size, size))

    def replace(self, pixels, box=None):
        """The same with other pixels, and perhaps another box."""
        pixels = _contiguous(pixels, 'float32')
        return Siamban.AugmentedImage.new(pixels.shape[-1], _bytes(pixels), box or self.get_box(),
                                          self.get_crop())


@_public
@override
class AugmentationStage(Siamban.AugmentationStage):
    """Overwrite `do_augment(image, is_search, seed)`. Any thread may call it: it runs with the GIL."""

    def __init__(self, **properties):
        properties.setdefault('any_thread', True)
        super().__init__(**properties)


@_public
@override
class TrackResult(Siamban.TrackResult):
    @property
    def score_map(self):
        size = self.get_map_size()
        return _view(self.get_score_map(), 'float32', (size, size))

    @property
    def pscore_map(self):
        size = self.get_map_size()
        return _view(self.get_pscore_map(), 'float32', (size, size))


# Configuration


def _load_config(yaml):
    config = Config()
    config.load_bytes(GLib.Bytes.new(yaml.encode()), 'pickle')
    return config


@_public
@override
class Config(Siamban.Config):
    """A mapping of keys such as `TRAIN.EPOCH`; pickled as its YAML."""

    _getters = {'gint64': 'int', 'gdouble': 'double', 'gboolean': 'boolean', 'gchararray': 'string',
                'GStrv': 'strv', 'GVariant': 'kwargs'}

    def __reduce__(self):
        return _load_config, (self.to_yaml(),)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def _find(self, key):
        group_name, _, name = key.rpartition('.')
        for group in self.get_groups():
            if group.get_name() == group_name:
                spec = group.find_key(name)
                if spec is not None:
                    return self._getters[spec.value_type.name]
        raise KeyError(key)

    def __contains__(self, key):
        return self.has_key(key)

    def __getitem__(self, key):
        value = getattr(self, 'get_' + self._find(key))(key)
        return value.unpack() if isinstance(value, GLib.Variant) else value

    def __setitem__(self, key, value):
        # A key of a data set that is not there yet makes it; any other is an error with its name.
        kind = self._find(key) if key in self else None
        if kind in ('kwargs', None) and not isinstance(value, GLib.Variant):
            import json

            self.set_from_string(f'{key}={json.dumps(value)}')
        else:
            getattr(self, f'set_{kind or "kwargs"}')(key, value)

    def keys(self):
        for group in self.get_groups():
            prefix = group.get_name() + '.' if group.get_name() else ''
            for name in group.list_keys():
                yield prefix + name

    def __iter__(self):
        return self.keys()

    def items(self):
        for key in self.keys():
            yield key, self[key]

    def update(self, values=(), **more):
        """Sets many keys, of a dictionary."""
        for key, value in dict(values, **more).items():
            self[key] = value


# Lists


@_public
@override
class Weights(Siamban.Weights):
    """A list of parameters, also by name."""

    def __getitem__(self, index):
        if not isinstance(index, str):
            return Gio.ListModel.__getitem__(self, index)
        parameter = self.lookup(index)
        if parameter is None:
            raise KeyError(index)
        return parameter


@_public
@override
class Loader(Siamban.Loader):
    """Iterated over, it gives its batches."""

    def __iter__(self):
        while True:
            batch = self.next(None)
            if batch is None:
                return
            yield batch


@_public
@override
class Dataset(_Indexed, Siamban.Dataset):
    """As a sequence: the samples of the run."""

    _count, _item = 'get_n_samples', 'get_sample'


@_public
@override
class Checkpoint(Siamban.Checkpoint):
    """As a mapping: tensors by name."""

    def __len__(self):
        return len(self.get_names())

    def __iter__(self):
        return iter(self.get_names())

    def __getitem__(self, name):
        tensor = self.lookup(name)
        if tensor is None:
            raise KeyError(name)
        return tensor

    def __setitem__(self, name, tensor):
        self.set_tensor(name, tensor if isinstance(tensor, Siamban.Tensor) else Tensor(tensor))

    keys = __iter__


@_public
@override
class Sequence(_Indexed, Siamban.Sequence):
    """As a sequence: the frames."""

    _count, _item = 'get_n_frames', 'get_frame'


@_public
@override
class Run(_Indexed, Siamban.Run):
    """As a sequence: the iterations."""

    _count, _item = 'get_n_iterations', 'get_iteration'

    def series(self, name):
        """One number of each iteration, float64."""
        return _view(self.get_series(name), 'float64', (-1,))

    def plot(self, names=('total_loss', 'cls_loss', 'loc_loss')):
        """A matplotlib figure of some series."""
        from matplotlib.figure import Figure

        axes = (figure := Figure()).add_subplot(xlabel='iteration')
        for name in names:
            values = self.series(name)
            axes.plot(range(1, len(values) + 1), values, label=name)
        axes.legend()
        return figure

    def _repr_png_(self):
        import io

        try:
            figure = self.plot()
        except ImportError:
            return None
        figure.savefig(file := io.BytesIO(), format='png')
        return file.getvalue()


# Long work


@contextlib.contextmanager
def _interruptible(cancellable):
    """Lets SIGINT cancel a call that blocks; raises KeyboardInterrupt when it is over.

    A handler of Python's runs between two of its instructions only, and what an exception does in
    a signal handler of GObject is to be printed. So a thread waits for the byte that Python writes
    as soon as the signal arrives.
    """
    if threading.current_thread() is not threading.main_thread() or \
            signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    reader, writer = socket.socketpair()
    writer.setblocking(False)
    came = []

    def watch():
        while data := reader.recv(16):
            if signal.SIGINT in data:
                came.append(True)
                cancellable.cancel()

    watcher = threading.Thread(target=watch, name='siamban-sigint', daemon=True)
    watcher.start()
    old_handler = signal.signal(signal.SIGINT, lambda *_: None)
    old_fd = signal.set_wakeup_fd(writer.fileno())
    try:
        yield
    except GLib.Error:
        if not came:
            raise
    finally:
        signal.set_wakeup_fd(old_fd)
        signal.signal(signal.SIGINT, old_handler)
        writer.close()
        watcher.join()
        reader.close()
    if came:
        raise KeyboardInterrupt


def _blocking(function):
    """A method whose last argument is its cancellable."""

    @functools.wraps(function)
    def call(self, *args):
        n_own = len(function.get_arguments()) - 1
        args = args + (None,) * (n_own + 1 - len(args))
        cancellable = args[n_own] or Gio.Cancellable()
        with _interruptible(cancellable):
            return function(self, *args[:n_own], cancellable)

    return call


async def _wait(start, finish, cancellable):
    """Waits in an asyncio loop, and runs this thread's main context from it meanwhile."""
    import asyncio

    context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
    results = []
    start(cancellable, lambda source, result, *_: results.append(result))
    cancelled = None
    while not results:
        for _ in range(100):
            if not context.iteration(False):
                break
        try:
            await asyncio.sleep(0 if context.pending() else 0.005)
        except asyncio.CancelledError as error:
            # The work ends in its own order before the task does.
            cancelled = error
            cancellable.cancel()
    try:
        value = finish(results[0])
    except GLib.Error:
        if cancelled is None:
            raise
    if cancelled is not None:
        raise cancelled
    return value


def _awaitable(begin, finish):
    """An asynchronous function, or method, that can be awaited if it is given no callback."""
    n_own = len(begin.get_arguments()) - 3 + begin.is_method()

    @functools.wraps(begin)
    def call(*args):
        if len(args) > n_own + 1 and args[n_own + 1] is not None:
            return begin(*args)
        cancellable = (args[n_own] if len(args) > n_own else None) or Gio.Cancellable()
        end = functools.partial(finish, args[0]) if begin.is_method() else finish

        def start(cancellable, callback):
            begin(*args[:n_own], cancellable, callback)

        return _wait(start, end, cancellable)

    return call if begin.is_method() else staticmethod(call)


def _complete(cls):
    for name in [method.get_name() for method in cls.__info__.get_methods()]:
        method = getattr(cls, name)
        if name.endswith('_async'):
            setattr(cls, name, _awaitable(method, getattr(cls, name[:-len('_async')] + '_finish')))
        elif name in ('run', 'measure') and method.get_arguments()[-1].get_name() == 'cancellable':
            setattr(cls, name, _blocking(method))


for _name in ('Checkpoint', 'Dataset', 'Device', 'Importer', 'Run', 'SubDataset', 'Synth', 'Trainer',
              'TrainingPhase', 'Validation'):
    _complete(getattr(Siamban, _name))

onnx_save_async = _public(
    _awaitable(Siamban.onnx_save_async, Siamban.onnx_save_finish).__func__)


@_public
@override
class Trainer(Siamban.Trainer):
    """In a `with`, the run is over at its end: stopped, with a checkpoint, if it was still at work."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
        while self.get_state() in (Siamban.TrainerState.RUNNING, Siamban.TrainerState.PAUSED):
            context.iteration(True)


@_public
@contextlib.contextmanager
def threads(n_threads):
    """So many threads compute, at most, inside a `with`."""
    before = Siamban.process_get_n_threads()
    Siamban.process_set_n_threads(n_threads)
    try:
        yield
    finally:
        Siamban.process_set_n_threads(before)


# Errors

_DOMAIN = GLib.quark_to_string(Siamban.error_quark())


@_public
class BaseError(GLib.Error):
    """What the library raises; each member of `Siamban.Error` has a class of its own below this one."""

    _code = Siamban.Error.FAILED

    def __init__(self, message='', domain=_DOMAIN, code=None):
        super().__init__(message, domain, self._code if code is None else Siamban.Error(code))


def _make_exceptions():
    for value, code in Siamban.Error.__enum_values__.items():
        name = ''.join(part.capitalize() for part in code.value_nick.split('-')) + 'Error'
        yield value, type(name, (BaseError,), {'_code': code, '__module__': BaseError.__module__,
                                               '__doc__': f'`Siamban.Error.{code.value_nick}`'})


_exceptions = dict(_make_exceptions())
for _class in _exceptions.values():
    globals()[_class.__name__] = _public(_class)


def _new_error(cls, *args, **kwargs):
    """PyGObject makes a GLib.Error of each GError; of this library's it then is one of its own."""
    if cls is GLib.Error:
        given = dict(zip(('message', 'domain', 'code'), args), **kwargs)
        if given.get('domain') == _DOMAIN:
            cls = _exceptions.get(given.get('code'), BaseError)
    return RuntimeError.__new__(cls, *args)


GLib.Error.__new__ = _new_error
