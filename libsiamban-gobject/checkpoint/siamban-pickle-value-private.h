/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "siamban-tensor.h"

G_BEGIN_DECLS

/* What a pickle may contain here. Only these kinds exist: there is no way to name a class or a
 * function outside the list of siamban-pickle-globals.c, so nothing of the file is ever run. */
typedef enum
{
  SIAMBAN_PICKLE_NONE,
  SIAMBAN_PICKLE_BOOLEAN,
  SIAMBAN_PICKLE_INTEGER,
  SIAMBAN_PICKLE_BIG_INTEGER, /* text: little-endian two's complement of more than 8 bytes */
  SIAMBAN_PICKLE_NUMBER,
  SIAMBAN_PICKLE_STRING, /* UTF-8 without NUL */
  SIAMBAN_PICKLE_BYTES,
  SIAMBAN_PICKLE_LIST,
  SIAMBAN_PICKLE_TUPLE,
  SIAMBAN_PICKLE_SET,
  SIAMBAN_PICKLE_DICT, /* items: key, value, key, value … */
  SIAMBAN_PICKLE_GLOBAL,
  SIAMBAN_PICKLE_DTYPE,
  SIAMBAN_PICKLE_STORAGE,
  SIAMBAN_PICKLE_TENSOR,
} SiambanPickleKind;

#define SIAMBAN_PICKLE_MAX_DIMS 8

/* Bounds what may nest; a checkpoint of PyTorch stays below 10. */
#define SIAMBAN_PICKLE_MAX_DEPTH 200

typedef struct _SiambanPickleGlobal SiambanPickleGlobal;
typedef struct _SiambanPickleValue SiambanPickleValue;

/* Owns every value of one file, so that values may refer to one another in circles. */
typedef struct _SiambanPickle SiambanPickle;

typedef struct
{
  char *data; /* NUL-terminated */
  gsize size;
} SiambanPickleText;

typedef struct
{
  gboolean known; /* one of ours; other element types are skipped, not refused */
  SiambanDType dtype;
  gboolean swapped; /* the bytes are not in this machine's order */
} SiambanPickleDType;

typedef struct
{
  SiambanDType dtype;
  const char *key;
  gsize n_elements;
  gsize first;        /* element of the file's storage where this one starts */
  gconstpointer data; /* the elements themselves, where the pickle holds them; else NULL */
  gboolean swapped;   /* they are not in this machine's order */
} SiambanPickleStorage;

/* Element (i, j, …) is number offset + i·stride[0] + j·stride[1] + … of the storage. */
typedef struct
{
  SiambanPickleValue *storage; /* NULL for an array whose content has not been seen yet */
  gint64 offset;
  gsize n_dims;
  gint64 shape[SIAMBAN_PICKLE_MAX_DIMS];
  gint64 stride[SIAMBAN_PICKLE_MAX_DIMS];
} SiambanPickleTensor;

struct _SiambanPickleValue
{
  SiambanPickleKind kind;
  guint depth;
  union
  {
    gint64 integer; /* BOOLEAN, INTEGER */
    double number;
    SiambanPickleText text; /* STRING, BYTES, BIG_INTEGER */
    GPtrArray *items;       /* LIST, TUPLE, SET, DICT */
    const SiambanPickleGlobal *global;
    SiambanPickleDType dtype;
    SiambanPickleStorage storage;
    SiambanPickleTensor tensor;
  };
};

SiambanPickle *_siamban_pickle_new (void);
void _siamban_pickle_free (SiambanPickle *self);
guint _siamban_pickle_get_n_values (SiambanPickle *self);
void _siamban_pickle_foreach (SiambanPickle *self,
                              void (*callback) (SiambanPickleValue *value, gpointer user_data),
                              gpointer user_data);

/* What copies, rather than refers to, a value that exists pays for it in bytes, so that a small
 * file cannot ask for much memory. The budget grows with what was read. */
void _siamban_pickle_grant (SiambanPickle *self, gsize n_bytes);
gboolean _siamban_pickle_spend (SiambanPickle *self, gsize n_bytes, GError **error);

SiambanPickleValue *_siamban_pickle_add (SiambanPickle *self, SiambanPickleKind kind);
SiambanPickleValue *_siamban_pickle_add_integer (SiambanPickle *self, gint64 integer);
SiambanPickleValue *_siamban_pickle_add_number (SiambanPickle *self, double number);
SiambanPickleValue *_siamban_pickle_add_big (SiambanPickle *self, const guint8 *data, gsize size);
SiambanPickleValue *_siamban_pickle_add_bytes (SiambanPickle *self, gconstpointer data, gsize size);

/* STRING when the text is UTF-8, BYTES when not: Python 2 does not tell the two apart. */
SiambanPickleValue *_siamban_pickle_add_text (SiambanPickle *self, gconstpointer data, gsize size);

/* FALSE when @container would nest too deep. */
gboolean _siamban_pickle_value_append (SiambanPickleValue *container, SiambanPickleValue *item);

/* NULL when @value is no string. */
const char *_siamban_pickle_value_get_string (const SiambanPickleValue *value);

/* FALSE when @value is neither a whole number of 64 bits nor a boolean. */
gboolean _siamban_pickle_value_get_integer (const SiambanPickleValue *value, gint64 *integer);

/* FALSE when @value is no number. */
gboolean _siamban_pickle_value_get_number (const SiambanPickleValue *value, double *number);

/* The last entry under that key, as Python has it; NULL when there is none or no dictionary. */
SiambanPickleValue *_siamban_pickle_value_lookup (const SiambanPickleValue *dict, const char *key);

/* What the value is, for messages. */
const char *_siamban_pickle_value_get_name (const SiambanPickleValue *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SiambanPickle, _siamban_pickle_free)

G_END_DECLS
