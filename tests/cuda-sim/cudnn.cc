/* SPDX-License-Identifier: Apache-2.0 */

/* cuDNN's graph API: convolutions in three directions and point-wise operations behind them, in plain loops on a
 * simulated device's memory. What to plan and whether NVIDIA's library has an engine for it is not known here. */
#include "cuda-sim-internal.hh"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include <cudnn.h>

using lock = std::unique_lock<std::mutex>;
using values = std::vector<float>;

/* Not 0, so that whoever forgets the workspace is found. */
static const int64_t WORKSPACE_BYTES = 4096;

struct tensor
{
  int64_t id, dims[4], strides[4];
  int type;
  bool is_virtual;

  size_t
  count () const
  {
    return (size_t) (dims[0] * dims[1] * dims[2] * dims[3]);
  }

  size_t
  bytes () const
  {
    int64_t last = 0;
    for (int i = 0; i < 4; i++)
      last += (dims[i] - 1) * strides[i];
    return (size_t) (last + 1) * (type == CUDNN_DATA_FLOAT ? 4 : 2);
  }
};

/* A convolution (x, w, y) or a point-wise operation (x, w its second operand if there is one, y). */
struct operation
{
  cudnnBackendDescriptorType_t type;
  tensor x, w, y;
  bool has_w;
  int mode;
  int64_t padding[2], stride[2], dilation[2];

  int64_t
  n_groups () const
  {
    return x.dims[1] / w.dims[1];
  }

  const tensor &
  result () const
  {
    return type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR     ? x
           : type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR ? w
                                                                                    : y;
  }
};

struct descriptor
{
  cudnnBackendDescriptorType_t type;
  std::map<int, std::vector<char> > attributes;
  bool is_final = false;
  /* Copies, so that a plan does not need what it was made from. */
  operation made{};
  std::shared_ptr<std::vector<operation> > graph;
  std::vector<cudnnBackendNumericalNote_t> notes;
};

struct cudnnContext
{
  int device;
  cudaStream_t stream;
};

static std::mutex descriptors_lock;
static std::map<cudnnBackendDescriptor_t, std::shared_ptr<descriptor> > descriptors;
static thread_local char last_error[256];

[[gnu::format (printf, 2, 3)]] static cudnnStatus_t
refuse (cudnnStatus_t status, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (last_error, sizeof last_error, format, arguments);
  va_end (arguments);
  return status;
}

#define ENTER()                                                                                    \
  do                                                                                               \
    if (int planted_status = sim_planted (__func__))                                               \
      return refuse ((cudnnStatus_t) planted_status, "%s: made to fail", __func__);                \
  while (0)

static std::shared_ptr<descriptor>
find (const void *handle)
{
  lock held (descriptors_lock);
  auto found = descriptors.find ((cudnnBackendDescriptor_t) handle);

  return found == descriptors.end () ? nullptr : found->second;
}

template <class T>
static std::vector<T>
get_all (const descriptor &from, int name)
{
  auto found = from.attributes.find (name);
  std::vector<T> all;

  if (found != from.attributes.end ())
    {
      all.resize (found->second.size () / sizeof (T));
      memcpy (all.data (), found->second.data (), all.size () * sizeof (T));
    }
  return all;
}

template <class T>
static T
get (const descriptor &from, int name, T otherwise)
{
  auto all = get_all<T> (from, name);

  return all.empty () ? otherwise : all[0];
}

static std::shared_ptr<descriptor>
get_descriptor (const descriptor &from, int name)
{
  return find (get<void *> (from, name, nullptr));
}

static size_t
size_of (cudnnBackendAttributeType_t type)
{
  switch (type)
    {
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
    case CUDNN_TYPE_FRACTION:
      return 8;
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
      return 1;
    default:
      return 4;
    }
}

static bool
read_tensor (const std::shared_ptr<descriptor> &from, tensor *to)
{
  if (!from || from->type != CUDNN_BACKEND_TENSOR_DESCRIPTOR || !from->is_final)
    return false;
  auto dims = get_all<int64_t> (*from, CUDNN_ATTR_TENSOR_DIMENSIONS);
  auto strides = get_all<int64_t> (*from, CUDNN_ATTR_TENSOR_STRIDES);
  std::copy (dims.begin (), dims.end (), to->dims);
  std::copy (strides.begin (), strides.end (), to->strides);
  to->id = get<int64_t> (*from, CUDNN_ATTR_TENSOR_UNIQUE_ID, 0);
  to->type = get<int> (*from, CUDNN_ATTR_TENSOR_DATA_TYPE, -1);
  to->is_virtual = get<char> (*from, CUDNN_ATTR_TENSOR_IS_VIRTUAL, 0) != 0;
  return true;
}

static cudnnStatus_t
finalize_tensor (const descriptor &one)
{
  auto dims = get_all<int64_t> (one, CUDNN_ATTR_TENSOR_DIMENSIONS);
  int type = get<int> (one, CUDNN_ATTR_TENSOR_DATA_TYPE, -1);

  if (dims.size () != 4 || get_all<int64_t> (one, CUDNN_ATTR_TENSOR_STRIDES).size () != 4)
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "a tensor of 4 dimensions and strides is simulated");
  for (int64_t dim : dims)
    if (dim < 1)
      return refuse (CUDNN_STATUS_BAD_PARAM, "a dimension of %lld", (long long) dim);
  if (type != CUDNN_DATA_FLOAT && type != CUDNN_DATA_BFLOAT16)
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "data type %d is not simulated", type);
  return CUDNN_STATUS_SUCCESS;
}

/* The attributes of an operation stand in the same order for each direction. */
static int
first_attribute (cudnnBackendDescriptorType_t type)
{
  return type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR
             ? CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA
         : type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR
             ? CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA
             : CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA;
}

static cudnnStatus_t
finalize_convolution (descriptor &one)
{
  int first = first_attribute (one.type);
  operation &made = one.made;
  auto window = get_descriptor (one, first + 2);

  if (get<float> (one, first, 1) != 1 || get<float> (one, first + 1, 0) != 0)
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "alpha 1 and beta 0 are simulated");
  if (!window || !read_tensor (get_descriptor (one, first + 3), &made.w) ||
      !read_tensor (get_descriptor (one, first + 4), &made.x) ||
      !read_tensor (get_descriptor (one, first + 5), &made.y))
    return refuse (CUDNN_STATUS_BAD_PARAM,
                   "a convolution needs final descriptors of x, w, y and window");
  auto paddings = get_all<int64_t> (*window, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS);
  auto strides = get_all<int64_t> (*window, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES);
  auto dilations = get_all<int64_t> (*window, CUDNN_ATTR_CONVOLUTION_DILATIONS);
  if (paddings.size () != 2 || strides.size () != 2 || dilations.size () != 2 ||
      paddings != get_all<int64_t> (*window, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS) ||
      get<int> (*window, CUDNN_ATTR_CONVOLUTION_CONV_MODE, -1) != CUDNN_CROSS_CORRELATION)
    return refuse (CUDNN_STATUS_NOT_SUPPORTED,
                   "cross-correlation with two symmetric paddings is simulated");
  for (int i = 0; i < 2; i++)
    {
      made.padding[i] = paddings[i];
      made.stride[i] = strides[i];
      made.dilation[i] = dilations[i];
      if (paddings[i] < 0 || strides[i] < 1 || dilations[i] < 1)
        return refuse (CUDNN_STATUS_BAD_PARAM,
                       "a window of impossible padding, stride or dilation");
      int64_t reach = (made.w.dims[2 + i] - 1) * dilations[i] + 1;
      if (made.y.dims[2 + i] != (made.x.dims[2 + i] + 2 * paddings[i] - reach) / strides[i] + 1)
        return refuse (CUDNN_STATUS_BAD_PARAM, "y is not as large as the window gives");
    }
  if (made.x.dims[1] % made.w.dims[1] || made.w.dims[0] % made.n_groups ())
    return refuse (CUDNN_STATUS_BAD_PARAM,
                   "x has %lld channels and w is for %lld: no number of groups fits",
                   (long long) made.x.dims[1], (long long) made.w.dims[1]);
  if (made.y.dims[1] != made.w.dims[0] || made.y.dims[0] != made.x.dims[0])
    return refuse (CUDNN_STATUS_BAD_PARAM, "y does not fit x and w");
  if (made.x.type != made.w.type)
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "x and w are of different types");
  return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t
finalize_pointwise (descriptor &one)
{
  operation &made = one.made;
  auto what = get_descriptor (one, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);

  made.has_w = read_tensor (get_descriptor (one, CUDNN_ATTR_OPERATION_POINTWISE_BDESC), &made.w);
  made.mode = what ? get<int> (*what, CUDNN_ATTR_POINTWISE_MODE, -1) : -1;
  if (!read_tensor (get_descriptor (one, CUDNN_ATTR_OPERATION_POINTWISE_XDESC), &made.x) ||
      !read_tensor (get_descriptor (one, CUDNN_ATTR_OPERATION_POINTWISE_YDESC), &made.y))
    return refuse (CUDNN_STATUS_BAD_PARAM, "a point-wise operation needs x and y");
  if (made.mode != CUDNN_POINTWISE_RELU_FWD && made.mode != CUDNN_POINTWISE_IDENTITY &&
      !(made.mode == CUDNN_POINTWISE_ADD && made.has_w))
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "point-wise mode %d is not simulated", made.mode);
  for (int i = 0; i < 4; i++)
    if (made.x.dims[i] != made.y.dims[i] ||
        (made.has_w && made.w.dims[i] != 1 && made.w.dims[i] != made.y.dims[i]))
      return refuse (CUDNN_STATUS_BAD_PARAM, "the operands of a point-wise operation do not fit");
  return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t
finalize_graph (descriptor &one)
{
  one.graph = std::make_shared<std::vector<operation> > ();
  for (void *handle : get_all<void *> (one, CUDNN_ATTR_OPERATIONGRAPH_OPS))
    {
      auto part = find (handle);
      if (!part || !part->is_final)
        return refuse (CUDNN_STATUS_BAD_PARAM, "an operation of the graph is not final");
      part->made.type = part->type;
      one.graph->push_back (part->made);
    }
  return one.graph->empty () ? refuse (CUDNN_STATUS_BAD_PARAM, "a graph without operations")
                             : CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t
take_graph (descriptor &one, int name)
{
  auto from = get_descriptor (one, name);

  if (!from || !from->graph)
    return refuse (CUDNN_STATUS_BAD_PARAM, "attribute %d names no final graph", name);
  one.graph = from->graph;
  return CUDNN_STATUS_SUCCESS;
}

CUDA_SIM_API cudnnStatus_t
cudnnBackendFinalize (cudnnBackendDescriptor_t handle)
{
  auto one = find (handle);
  cudnnStatus_t status = CUDNN_STATUS_SUCCESS;

  ENTER ();
  if (!one)
    return refuse (CUDNN_STATUS_BAD_PARAM, "not a live descriptor");
  switch (one->type)
    {
    case CUDNN_BACKEND_TENSOR_DESCRIPTOR:
      status = finalize_tensor (*one);
      break;
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
      status = finalize_convolution (*one);
      break;
    case CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR:
      status = finalize_pointwise (*one);
      break;
    case CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR:
      status = finalize_graph (*one);
      break;
    case CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR:
      status = take_graph (*one, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
      break;
    case CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR:
      status = take_graph (*one, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
      break;
    case CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR:
    case CUDNN_BACKEND_POINTWISE_DESCRIPTOR:
    case CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR:
      break;
    default:
      return refuse (CUDNN_STATUS_NOT_SUPPORTED, "descriptor type %d is not simulated", one->type);
    }
  one->is_final = status == CUDNN_STATUS_SUCCESS;
  return status;
}

CUDA_SIM_API cudnnStatus_t
cudnnBackendCreateDescriptor (cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *handle)
{
  ENTER ();
  auto one = std::make_shared<descriptor> ();
  one->type = type;
  lock held (descriptors_lock);
  *handle = one.get ();
  descriptors[*handle] = one;
  return CUDNN_STATUS_SUCCESS;
}

CUDA_SIM_API cudnnStatus_t
cudnnBackendDestroyDescriptor (cudnnBackendDescriptor_t handle)
{
  bool known;
  {
    lock held (descriptors_lock);
    known = descriptors.erase (handle) != 0;
  }
  if (!known)
    sim_fault (cudaErrorInvalidValue, "cudnnBackendDestroyDescriptor: %p is no live descriptor",
               (void *) handle);
  return known ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

CUDA_SIM_API cudnnStatus_t
cudnnBackendSetAttribute (cudnnBackendDescriptor_t handle,
                          cudnnBackendAttributeName_t name,
                          cudnnBackendAttributeType_t type,
                          int64_t n,
                          const void *elements)
{
  auto one = find (handle);

  ENTER ();
  if (!one || one->is_final)
    return refuse (CUDNN_STATUS_BAD_PARAM, "attribute %d set on a %s descriptor", name,
                   one ? "final" : "dead");
  one->attributes[name].assign ((const char *) elements,
                                (const char *) elements + n * size_of (type));
  return CUDNN_STATUS_SUCCESS;
}

/* Two ways for each graph: the first one as with tensor cores, which a strict policy refuses by its notes. */
static int64_t
get_ways (const descriptor &heuristic, int64_t n, cudnnBackendDescriptor_t *ways)
{
  for (int64_t i = 0; i < n && i < 2; i++)
    {
      auto way = find (ways[i]);
      if (!way)
        return i;
      way->graph = heuristic.graph;
      way->notes = { CUDNN_NUMERICAL_NOTE_TENSOR_CORE, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS };
      if (i == 1)
        way->notes.clear ();
    }
  return n < 2 ? n : 2;
}

CUDA_SIM_API cudnnStatus_t
cudnnBackendGetAttribute (cudnnBackendDescriptor_t const handle,
                          cudnnBackendAttributeName_t name,
                          cudnnBackendAttributeType_t,
                          int64_t n,
                          int64_t *n_got,
                          void *elements)
{
  auto one = find (handle);
  int64_t got = 1;

  ENTER ();
  if (!one)
    return refuse (CUDNN_STATUS_BAD_PARAM, "not a live descriptor");
  if (name == CUDNN_ATTR_ENGINEHEUR_RESULTS && one->is_final)
    got = get_ways (*one, n, (cudnnBackendDescriptor_t *) elements);
  else if (name == CUDNN_ATTR_ENGINECFG_ENGINE && find (*(void **) elements))
    find (*(void **) elements)->notes = one->notes;
  else if (name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE)
    {
      got = (int64_t) one->notes.size ();
      for (int64_t i = 0; i < n && i < got; i++)
        ((cudnnBackendNumericalNote_t *) elements)[i] = one->notes[i];
    }
  else if (name == CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE)
    got = 0;
  else if (name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE && one->is_final)
    *(int64_t *) elements = WORKSPACE_BYTES;
  else
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "getting attribute %d is not simulated", name);
  if (n_got)
    *n_got = got;
  return CUDNN_STATUS_SUCCESS;
}

CUDA_SIM_API size_t
cudnnGetVersion (void)
{
  return CUDNN_VERSION;
}

CUDA_SIM_API const char *
cudnnGetErrorString (cudnnStatus_t status)
{
  switch (status)
    {
    case CUDNN_STATUS_SUCCESS:
      return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_BAD_PARAM:
      return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED:
      return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_EXECUTION_FAILED:
      return "CUDNN_STATUS_EXECUTION_FAILED";
    default:
      return "another cuDNN status";
    }
}

CUDA_SIM_API void
cudnnGetLastErrorString (char *message, size_t max_size)
{
  snprintf (message, max_size, "%s", last_error);
}

CUDA_SIM_API cudnnStatus_t
cudnnCreate (cudnnHandle_t *handle)
{
  ENTER ();
  if (sim_device_status (sim_current_device ()) != cudaSuccess)
    return refuse (CUDNN_STATUS_NOT_INITIALIZED, "the device does not work");
  *handle = new cudnnContext{ sim_current_device (), nullptr };
  return CUDNN_STATUS_SUCCESS;
}

CUDA_SIM_API cudnnStatus_t
cudnnDestroy (cudnnHandle_t handle)
{
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}

CUDA_SIM_API cudnnStatus_t
cudnnSetStream (cudnnHandle_t handle, cudaStream_t stream)
{
  ENTER ();
  if (sim_stream_device (stream) != handle->device)
    return refuse (CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH,
                   "the handle is of device %d, the stream of %d", handle->device,
                   sim_stream_device (stream));
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

/* ---- computing ---- */

struct execution
{
  int device;
  std::map<int64_t, void *> pointers;
  std::map<int64_t, values> virtuals;
};

/* Calls f (index in dense NHWC, offset in the tensor). */
template <class F>
static void
for_each (const tensor &t, F f)
{
  size_t i = 0;

  for (int64_t n = 0; n < t.dims[0]; n++)
    for (int64_t h = 0; h < t.dims[2]; h++)
      for (int64_t w = 0; w < t.dims[3]; w++)
        for (int64_t c = 0; c < t.dims[1]; c++)
          f (i++,
             (size_t) (n * t.strides[0] + c * t.strides[1] + h * t.strides[2] + w * t.strides[3]));
}

static values
load (execution &run, const tensor &t)
{
  if (t.is_virtual)
    return run.virtuals[t.id];
  values all (t.count ());
  void *memory = sim_range (run.pointers[t.id], t.bytes (), run.device, "input of cuDNN");
  if (memory)
    for_each (t, [&] (size_t i, size_t at) {
      all[i] = t.type == CUDNN_DATA_FLOAT ? ((float *) memory)[at]
                                          : sim_from_bfloat16 (((uint16_t *) memory)[at]);
    });
  return all;
}

static void
store (execution &run, const tensor &t, values all)
{
  if (t.is_virtual)
    {
      run.virtuals[t.id] = std::move (all);
      return;
    }
  void *memory = sim_range (run.pointers[t.id], t.bytes (), run.device, "output of cuDNN");
  if (memory)
    for_each (t, [&] (size_t i, size_t at) {
      if (t.type == CUDNN_DATA_FLOAT)
        ((float *) memory)[at] = all[i];
      else
        ((uint16_t *) memory)[at] = sim_to_bfloat16 (all[i]);
    });
}

/* Calls f (x, w, y) with what meets for each output position, tap and group: rows over a group's channels of x (NHWC),
 * of w ([r][s][k][c]) and of y. */
template <class F>
static void
for_each_tap (const operation &o, float *x, float *w, float *y, F f)
{
  int64_t height = o.x.dims[2], width = o.x.dims[3], n_groups = o.n_groups ();
  int64_t n_in = o.w.dims[1], n_out = o.w.dims[0] / n_groups;

  for (int64_t n = 0; n < o.y.dims[0]; n++)
    for (int64_t p = 0; p < o.y.dims[2]; p++)
      for (int64_t q = 0; q < o.y.dims[3]; q++)
        for (int64_t r = 0; r < o.w.dims[2]; r++)
          for (int64_t s = 0; s < o.w.dims[3]; s++)
            {
              int64_t h = p * o.stride[0] - o.padding[0] + r * o.dilation[0];
              int64_t v = q * o.stride[1] - o.padding[1] + s * o.dilation[1];
              for (int64_t g = 0; h >= 0 && h < height && v >= 0 && v < width && g < n_groups; g++)
                f (x + (((n * height + h) * width + v) * n_groups + g) * n_in,
                   w + ((r * o.w.dims[3] + s) * n_groups + g) * n_out * n_in,
                   y + (((n * o.y.dims[2] + p) * o.y.dims[3] + q) * n_groups + g) * n_out);
            }
}

/* Between cuDNN's dense [k][r][s][c] and [r][s][k][c]. */
static values
swap_filter (const tensor &t, const values &from, bool back)
{
  int64_t n_taps = t.dims[2] * t.dims[3], n_out = t.dims[0], n_in = t.dims[1];
  values to (from.size ());

  for (int64_t k = 0; k < n_out; k++)
    for (int64_t tap = 0; tap < n_taps; tap++)
      for (int64_t c = 0; c < n_in; c++)
        {
          size_t outer = (k * n_taps + tap) * n_in + c, inner = (tap * n_out + k) * n_in + c;
          to[back ? outer : inner] = from[back ? inner : outer];
        }
  return to;
}

static bool
is_spoilt ()
{
  static const bool spoilt = getenv ("CUDA_SIM_SPOIL") != nullptr;

  return spoilt;
}

static void
convolve (execution &run, const operation &o)
{
  int64_t n_in = o.w.dims[1], n_out = o.w.dims[0] / o.n_groups ();
  const tensor *result = &o.result ();
  values x = result == &o.x ? values (o.x.count ()) : load (run, o.x);
  values w = result == &o.w ? values (o.w.count ()) : swap_filter (o.w, load (run, o.w), false);
  values y = result == &o.y ? values (o.y.count ()) : load (run, o.y);

  for_each_tap (o, x.data (), w.data (), y.data (), [&] (float *xs, float *ws, float *ys) {
    for (int64_t k = 0; k < n_out; k++, ws += n_in)
      if (result == &o.y)
        {
          float sum = 0;
          for (int64_t c = 0; c < n_in; c++)
            sum += xs[c] * ws[c];
          ys[k] += sum;
        }
      else if (result == &o.x)
        for (int64_t c = 0; c < n_in; c++)
          xs[c] += ys[k] * ws[c];
      else
        for (int64_t c = 0; c < n_in; c++)
          ws[c] += ys[k] * xs[c];
  });
  if (result == &o.w)
    w = swap_filter (o.w, w, true);
  if (is_spoilt ())
    (result == &o.x ? x : result == &o.w ? w : y)[0] += 0.1f;
  store (run, *result, std::move (result == &o.x ? x : result == &o.w ? w : y));
}

static void
compute_pointwise (execution &run, const operation &o)
{
  values x = load (run, o.x), b = o.has_w ? load (run, o.w) : values (), y (o.y.count ());
  const int64_t *d = o.w.dims;

  for (size_t i = 0; i < y.size (); i++)
    {
      int64_t c = i % o.y.dims[1], w = i / o.y.dims[1] % o.y.dims[3];
      int64_t h = i / o.y.dims[1] / o.y.dims[3] % o.y.dims[2];
      int64_t n = i / o.y.dims[1] / o.y.dims[3] / o.y.dims[2];
      y[i] = x[i];
      if (o.mode == CUDNN_POINTWISE_ADD)
        y[i] += b[((n % d[0] * d[2] + h % d[2]) * d[3] + w % d[3]) * d[1] + c % d[1]];
      else if (o.mode == CUDNN_POINTWISE_RELU_FWD && y[i] < 0)
        y[i] = 0;
    }
  store (run, o.y, std::move (y));
}

/* What the graph touches outside itself; empty after a fault. */
static bool
list_accesses (const std::vector<operation> &graph,
               execution &run,
               std::vector<sim_access> *accesses)
{
  for (auto &o : graph)
    for (auto *t : { &o.x, &o.w, &o.y })
      {
        bool is_pointwise = o.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR;
        if (t->is_virtual || (is_pointwise && t == &o.w && !o.has_w))
          continue;
        auto found = run.pointers.find (t->id);
        if (found == run.pointers.end ())
          return refuse (CUDNN_STATUS_BAD_PARAM, "tensor %lld has no address", (long long) t->id),
                 false;
        if ((uintptr_t) found->second & 15)
          return sim_fault (cudaErrorMisalignedAddress,
                            "cudnnBackendExecute: %p is not aligned to 16 bytes", found->second),
                 false;
        if (!sim_range (found->second, t->bytes (), run.device, "cudnnBackendExecute"))
          return false;
        accesses->push_back ({ found->second, t->bytes (), t == &o.result () });
      }
  return true;
}

CUDA_SIM_API cudnnStatus_t
cudnnBackendExecute (cudnnHandle_t handle,
                     cudnnBackendDescriptor_t plan,
                     cudnnBackendDescriptor_t pack)
{
  auto way = find (plan), with = find (pack);
  auto run = std::make_shared<execution> ();
  std::vector<sim_access> accesses;

  ENTER ();
  if (!way || !with || !way->is_final || !with->is_final)
    return refuse (CUDNN_STATUS_BAD_PARAM, "the plan or the variant pack is not final");
  auto ids = get_all<int64_t> (*with, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  auto pointers = get_all<void *> (*with, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  void *workspace = get<void *> (*with, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, nullptr);
  run->device = handle->device;
  for (size_t i = 0; i < ids.size () && i < pointers.size (); i++)
    run->pointers[ids[i]] = pointers[i];
  if (!list_accesses (*way->graph, *run, &accesses) ||
      !sim_range (workspace, WORKSPACE_BYTES, run->device, "workspace of cuDNN"))
    return CUDNN_STATUS_BAD_PARAM;
  accesses.push_back ({ workspace, WORKSPACE_BYTES, true });

  cudaError_t status = sim_stream_push (
      handle->stream, "cudnnBackendExecute", accesses, [run, workspace, graph = way->graph] {
        /* A plan may leave anything in all of its workspace. */
        if (void *scratch = sim_range (workspace, WORKSPACE_BYTES, run->device,
                                       "workspace of cuDNN"))
          memset (scratch, 0xff, WORKSPACE_BYTES);
        for (auto &o : *graph)
          if (o.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
            compute_pointwise (*run, o);
          else
            convolve (*run, o);
      });
  return status == cudaSuccess
             ? CUDNN_STATUS_SUCCESS
             : refuse (CUDNN_STATUS_EXECUTION_FAILED, "%s", cudaGetErrorString (status));
}
