/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-pickle-reader-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-pickle-globals-private.h"

/* An old pickle pushes a whole sequence before it becomes a list. */
#define MAX_STACK (1u << 22)
#define MAX_VALUES (1u << 22)
#define MAX_NAME 200

/* How much may be copied for each byte of a pickle; no honest file comes near. */
#define COPIED_PER_BYTE 16

typedef struct
{
  SiambanPickle *pickle;
  const guint8 *data;
  gsize size;
  gsize position; /* of the next byte */
  GPtrArray *stack;
  GArray *marks;    /* gsize: heights of the stack */
  GHashTable *memo; /* number → value */
  gboolean done;
  GError **error;
} Machine;

typedef gboolean (*Operation) (Machine *self, guint8 opcode);

static gboolean
fail (Machine *self, const char *what)
{
  g_set_error (self->error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "Damaged pickle: %s at byte %" G_GSIZE_FORMAT, what, self->position);

  return FALSE;
}

/* NULL when less than @n bytes are left. */
static const guint8 *
take (Machine *self, guint64 n)
{
  const guint8 *bytes = self->data + self->position;

  if (n > self->size - self->position)
    {
      fail (self, "it ends early");
      return NULL;
    }

  self->position += (gsize) n;

  return bytes;
}

/* A line without its end; NULL when the end is missing. */
static const char *
take_line (Machine *self, gsize *size)
{
  const guint8 *start = self->data + self->position;
  const guint8 *end = memchr (start, '\n', self->size - self->position);

  if (end == NULL)
    {
      fail (self, "a line without end");
      return NULL;
    }

  *size = (gsize) (end - start);
  self->position += *size + 1;

  return (const char *) start;
}

/* A little-endian number of @width bytes. */
static gboolean
take_unsigned (Machine *self, gsize width, guint64 *value)
{
  const guint8 *bytes = take (self, width);

  if (bytes == NULL)
    return FALSE;

  *value = 0;
  for (gsize i = width; i > 0; i--)
    *value = *value << 8 | bytes[i - 1];

  return TRUE;
}

static gboolean
push (Machine *self, SiambanPickleValue *value)
{
  if (self->stack->len >= MAX_STACK)
    return fail (self, "too many values in one container");

  g_ptr_array_add (self->stack, value);

  return TRUE;
}

/* How many values there are since the last mark. */
static guint
count_above_mark (Machine *self)
{
  const gsize height = self->marks->len > 0
                           ? g_array_index (self->marks, gsize, self->marks->len - 1)
                           : 0;

  return self->stack->len - (guint) height;
}

/* NULL when nothing is left above the last mark. */
static SiambanPickleValue *
pop (Machine *self)
{
  if (count_above_mark (self) == 0)
    {
      fail (self, "a value is missing");
      return NULL;
    }

  return g_ptr_array_steal_index (self->stack, self->stack->len - 1);
}

static SiambanPickleValue *
peek (Machine *self)
{
  if (count_above_mark (self) == 0)
    {
      fail (self, "a value is missing");
      return NULL;
    }

  return g_ptr_array_index (self->stack, self->stack->len - 1);
}

/* Forgets the last mark. FALSE when there is none; else *@first is where its values start. */
static gboolean
pop_mark (Machine *self, guint *first)
{
  if (self->marks->len == 0)
    return fail (self, "a mark is missing");

  *first = (guint) g_array_index (self->marks, gsize, self->marks->len - 1);
  g_array_set_size (self->marks, self->marks->len - 1);

  return TRUE;
}

/* Moves the values from @first on into @container. */
static gboolean
move_into (Machine *self, SiambanPickleValue *container, guint first)
{
  for (guint i = first; i < self->stack->len; i++)
    if (!_siamban_pickle_value_append (container, g_ptr_array_index (self->stack, i)))
      return fail (self, "containers nest too deep");

  g_ptr_array_set_size (self->stack, (gint) first);

  return TRUE;
}

static gboolean
op_refused (Machine *self, guint8 opcode)
{
  g_set_error (self->error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA,
               "Damaged pickle: operation 0x%02x at byte %" G_GSIZE_FORMAT
               " has no place in a file of weights",
               opcode, self->position - 1);

  return FALSE;
}

static gboolean
op_protocol (Machine *self, guint8 opcode)
{
  const guint8 *version = take (self, 1);

  return version != NULL && (*version <= 5 || fail (self, "a protocol later than 5"));
}

/* How long the next frame is: of no use when everything is in memory. */
static gboolean
op_frame (Machine *self, guint8 opcode)
{
  return take (self, 8) != NULL;
}

static gboolean
op_stop (Machine *self, guint8 opcode)
{
  self->done = TRUE;

  return self->marks->len == 0 && self->stack->len == 1 ? TRUE
                                                        : fail (self, "not one value at its end,");
}

static gboolean
op_mark (Machine *self, guint8 opcode)
{
  const gsize height = self->stack->len;

  if (self->marks->len >= SIAMBAN_PICKLE_MAX_DEPTH)
    return fail (self, "containers nest too deep");

  g_array_append_val (self->marks, height);

  return TRUE;
}

static gboolean
op_pop (Machine *self, guint8 opcode)
{
  guint first;

  if (count_above_mark (self) == 0)
    return pop_mark (self, &first);

  return pop (self) != NULL;
}

static gboolean
op_pop_mark (Machine *self, guint8 opcode)
{
  guint first;

  if (!pop_mark (self, &first))
    return FALSE;

  g_ptr_array_set_size (self->stack, (gint) first);

  return TRUE;
}

static gboolean
op_dup (Machine *self, guint8 opcode)
{
  SiambanPickleValue *value = peek (self);

  return value != NULL && push (self, value);
}

static gboolean
op_constant (Machine *self, guint8 opcode)
{
  SiambanPickleValue *value = _siamban_pickle_add (
      self->pickle, opcode == 'N' ? SIAMBAN_PICKLE_NONE : SIAMBAN_PICKLE_BOOLEAN);

  value->integer = opcode == 0x88;

  return push (self, value);
}

static gboolean
op_empty (Machine *self, guint8 opcode)
{
  const SiambanPickleKind kind = opcode == ']'   ? SIAMBAN_PICKLE_LIST
                                 : opcode == '}' ? SIAMBAN_PICKLE_DICT
                                 : opcode == ')' ? SIAMBAN_PICKLE_TUPLE
                                                 : SIAMBAN_PICKLE_SET;

  return push (self, _siamban_pickle_add (self->pickle, kind));
}

/* BININT, BININT1, BININT2 */
static gboolean
op_integer (Machine *self, guint8 opcode)
{
  guint64 bits;

  if (!take_unsigned (self, opcode == 'J' ? 4 : opcode == 'M' ? 2 : 1, &bits))
    return FALSE;

  return push (self, _siamban_pickle_add_integer (self->pickle,
                                                  opcode == 'J' ? (gint32) bits : (gint64) bits));
}

/* LONG1, LONG4 */
static gboolean
op_long (Machine *self, guint8 opcode)
{
  const guint8 *bytes;
  guint64 size;

  if (!take_unsigned (self, opcode == 0x8a ? 1 : 4, &size) || (bytes = take (self, size)) == NULL)
    return FALSE;

  return push (self, _siamban_pickle_add_big (self->pickle, bytes, (gsize) size));
}

static gboolean
op_number (Machine *self, guint8 opcode)
{
  const guint8 *bytes = take (self, 8);
  guint64 bits;
  double number;

  if (bytes == NULL)
    return FALSE;

  memcpy (&bits, bytes, sizeof bits);
  bits = GUINT64_FROM_BE (bits);
  memcpy (&number, &bits, sizeof number);

  return push (self, _siamban_pickle_add_number (self->pickle, number));
}

/* INT, LONG, FLOAT, STRING, UNICODE of protocol 0 */
static gboolean
op_line (Machine *self, guint8 opcode)
{
  SiambanPickleValue *value;
  gsize size;
  const char *line = take_line (self, &size);
  g_autofree char *text = NULL;

  if (line == NULL)
    return FALSE;

  if (opcode == 'I' && size == 2 && line[0] == '0')
    {
      value = _siamban_pickle_add (self->pickle, SIAMBAN_PICKLE_BOOLEAN);
      value->integer = line[1] == '1';
      return push (self, value);
    }
  if (opcode == 'F')
    {
      char *end;
      double number;

      text = g_strndup (line, size);
      number = g_ascii_strtod (text, &end);
      value = end != text && *end == '\0' ? _siamban_pickle_add_number (self->pickle, number)
                                          : NULL;
    }
  else
    value = opcode == 'S'   ? _siamban_pickle_unquote (self->pickle, line, size)
            : opcode == 'V' ? _siamban_pickle_unescape (self->pickle, line, size)
                            : _siamban_pickle_parse_integer (self->pickle, line, size);

  return value != NULL ? push (self, value) : fail (self, "a malformed value");
}

/* Strings and bytes with their length in front. */
static gboolean
op_text (Machine *self, guint8 opcode)
{
  const gsize width = opcode == 'U' || opcode == 'C' || opcode == 0x8c     ? 1
                      : opcode == 0x8d || opcode == 0x8e || opcode == 0x96 ? 8
                                                                           : 4;
  const gboolean is_bytes = opcode == 'B' || opcode == 'C' || opcode == 0x8e || opcode == 0x96;
  const guint8 *bytes;
  guint64 size;

  if (!take_unsigned (self, width, &size) || (bytes = take (self, size)) == NULL)
    return FALSE;

  return push (self, is_bytes ? _siamban_pickle_add_bytes (self->pickle, bytes, (gsize) size)
                              : _siamban_pickle_add_text (self->pickle, bytes, (gsize) size));
}

/* TUPLE, LIST, DICT, FROZENSET: of everything since the mark */
static gboolean
op_collect (Machine *self, guint8 opcode)
{
  SiambanPickleValue *container;
  guint first;

  if (!pop_mark (self, &first))
    return FALSE;
  if (opcode == 'd' && (self->stack->len - first) % 2 != 0)
    return fail (self, "a key without value");

  container = _siamban_pickle_add (self->pickle, opcode == 't'   ? SIAMBAN_PICKLE_TUPLE
                                                 : opcode == 'l' ? SIAMBAN_PICKLE_LIST
                                                 : opcode == 'd' ? SIAMBAN_PICKLE_DICT
                                                                 : SIAMBAN_PICKLE_SET);

  return move_into (self, container, first) && push (self, container);
}

/* TUPLE1, TUPLE2, TUPLE3 */
static gboolean
op_short_tuple (Machine *self, guint8 opcode)
{
  const guint n = opcode - 0x84u;
  SiambanPickleValue *tuple;

  if (count_above_mark (self) < n)
    return fail (self, "a value is missing");

  tuple = _siamban_pickle_add (self->pickle, SIAMBAN_PICKLE_TUPLE);

  return move_into (self, tuple, self->stack->len - n) && push (self, tuple);
}

/* Moves what is above @first into the container below it. */
static gboolean
fill (Machine *self, guint first, SiambanPickleKind kind)
{
  const gsize floor = self->stack->len - count_above_mark (self);
  SiambanPickleValue *container;

  if (first <= floor || first > self->stack->len)
    return fail (self, "a container is missing");

  container = g_ptr_array_index (self->stack, first - 1);
  if (container->kind != kind)
    return fail (self, "a container of another kind than expected");
  if (kind == SIAMBAN_PICKLE_DICT && (self->stack->len - first) % 2 != 0)
    return fail (self, "a key without value");

  return move_into (self, container, first);
}

/* APPEND, SETITEM */
static gboolean
op_add_one (Machine *self, guint8 opcode)
{
  const guint n = opcode == 'a' ? 1 : 2;

  if (count_above_mark (self) < n)
    return fail (self, "a value is missing");

  return fill (self, self->stack->len - n,
               opcode == 'a' ? SIAMBAN_PICKLE_LIST : SIAMBAN_PICKLE_DICT);
}

/* APPENDS, SETITEMS, ADDITEMS */
static gboolean
op_add_many (Machine *self, guint8 opcode)
{
  guint first;

  return pop_mark (self, &first) && fill (self, first,
                                          opcode == 'e'   ? SIAMBAN_PICKLE_LIST
                                          : opcode == 'u' ? SIAMBAN_PICKLE_DICT
                                                          : SIAMBAN_PICKLE_SET);
}

static gboolean
remember (Machine *self, guint64 number)
{
  SiambanPickleValue *value = peek (self);

  if (value == NULL)
    return FALSE;

  g_hash_table_insert (self->memo, GSIZE_TO_POINTER ((gsize) number), value);

  return TRUE;
}

static gboolean
recall (Machine *self, guint64 number)
{
  SiambanPickleValue *value = g_hash_table_lookup (self->memo, GSIZE_TO_POINTER ((gsize) number));

  return value != NULL ? push (self, value) : fail (self, "a value that was never stored");
}

/* BINPUT, LONG_BINPUT, BINGET, LONG_BINGET */
static gboolean
op_memo (Machine *self, guint8 opcode)
{
  guint64 number;

  if (!take_unsigned (self, opcode == 'q' || opcode == 'h' ? 1 : 4, &number))
    return FALSE;

  return opcode == 'q' || opcode == 'r' ? remember (self, number) : recall (self, number);
}

/* PUT, GET of protocol 0 */
static gboolean
op_memo_line (Machine *self, guint8 opcode)
{
  gsize size;
  const char *line = take_line (self, &size);
  g_autofree char *text = line != NULL ? g_strndup (line, size) : NULL;
  guint64 number;

  if (text == NULL)
    return FALSE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL))
    return fail (self, "a malformed number");

  return opcode == 'p' ? remember (self, number) : recall (self, number);
}

static gboolean
op_memoize (Machine *self, guint8 opcode)
{
  return remember (self, g_hash_table_size (self->memo));
}

/* Names go into messages, so nothing but Python's own names is let through. */
static gboolean
is_name (const char *text, gsize size)
{
  if (size == 0 || size > MAX_NAME)
    return FALSE;

  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '_' && text[i] != '.')
      return FALSE;

  return TRUE;
}

static gboolean
push_global (Machine *self,
             const char *module,
             gsize module_size,
             const char *name,
             gsize name_size)
{
  g_autofree char *module_text = g_strndup (module, MIN (module_size, MAX_NAME));
  g_autofree char *name_text = g_strndup (name, MIN (name_size, MAX_NAME));
  const SiambanPickleGlobal *global;
  SiambanPickleValue *value;

  if (!is_name (module, module_size) || !is_name (name, name_size))
    return fail (self, "a malformed name");

  global = _siamban_pickle_find_global (module_text, name_text, self->error);
  if (global == NULL)
    return FALSE;

  value = _siamban_pickle_add (self->pickle, SIAMBAN_PICKLE_GLOBAL);
  value->global = global;

  return push (self, value);
}

static gboolean
op_global (Machine *self, guint8 opcode)
{
  gsize module_size, name_size;
  const char *module = take_line (self, &module_size);
  const char *name = module != NULL ? take_line (self, &name_size) : NULL;

  return name != NULL && push_global (self, module, module_size, name, name_size);
}

static gboolean
op_stack_global (Machine *self, guint8 opcode)
{
  SiambanPickleValue *name = pop (self);
  SiambanPickleValue *module = name != NULL ? pop (self) : NULL;

  if (module == NULL)
    return FALSE;
  if (module->kind != SIAMBAN_PICKLE_STRING || name->kind != SIAMBAN_PICKLE_STRING)
    return fail (self, "a malformed name");

  return push_global (self, module->text.data, module->text.size, name->text.data, name->text.size);
}

/* REDUCE and NEWOBJ, the same for everything on the list of names */
static gboolean
op_call (Machine *self, guint8 opcode)
{
  SiambanPickleValue *args = pop (self);
  SiambanPickleValue *function = args != NULL ? pop (self) : NULL;
  SiambanPickleValue *value;

  if (function == NULL)
    return FALSE;
  if (function->kind != SIAMBAN_PICKLE_GLOBAL || function->global->call == NULL ||
      args->kind != SIAMBAN_PICKLE_TUPLE)
    return fail (self, "a call of what cannot be called");

  value = function->global->call (self->pickle, function->global, args, self->error);

  return value != NULL && push (self, value);
}

static gboolean
op_build (Machine *self, guint8 opcode)
{
  SiambanPickleValue *state = pop (self);
  SiambanPickleValue *value = state != NULL ? peek (self) : NULL;

  return value != NULL && _siamban_pickle_set_state (self->pickle, value, state, self->error);
}

static gboolean
op_persistent_id (Machine *self, guint8 opcode)
{
  SiambanPickleValue *id = pop (self);
  SiambanPickleValue *storage = id != NULL
                                    ? _siamban_pickle_make_storage (self->pickle, id, self->error)
                                    : NULL;

  return storage != NULL && push (self, storage);
}

static const Operation operations[256] = {
  [0x80] = op_protocol,    [0x95] = op_frame,    ['.'] = op_stop,          ['('] = op_mark,
  ['0'] = op_pop,          ['1'] = op_pop_mark,  ['2'] = op_dup,           ['N'] = op_constant,
  [0x88] = op_constant,    [0x89] = op_constant, [']'] = op_empty,         ['}'] = op_empty,
  [')'] = op_empty,        [0x8f] = op_empty,    ['J'] = op_integer,       ['K'] = op_integer,
  ['M'] = op_integer,      [0x8a] = op_long,     [0x8b] = op_long,         ['G'] = op_number,
  ['I'] = op_line,         ['L'] = op_line,      ['F'] = op_line,          ['S'] = op_line,
  ['V'] = op_line,         ['U'] = op_text,      ['T'] = op_text,          ['X'] = op_text,
  [0x8c] = op_text,        [0x8d] = op_text,     ['B'] = op_text,          ['C'] = op_text,
  [0x8e] = op_text,        [0x96] = op_text,     ['t'] = op_collect,       ['l'] = op_collect,
  ['d'] = op_collect,      [0x91] = op_collect,  [0x85] = op_short_tuple,  [0x86] = op_short_tuple,
  [0x87] = op_short_tuple, ['a'] = op_add_one,   ['s'] = op_add_one,       ['e'] = op_add_many,
  ['u'] = op_add_many,     [0x90] = op_add_many, ['q'] = op_memo,          ['r'] = op_memo,
  ['h'] = op_memo,         ['j'] = op_memo,      ['p'] = op_memo_line,     ['g'] = op_memo_line,
  [0x94] = op_memoize,     ['c'] = op_global,    [0x93] = op_stack_global, ['R'] = op_call,
  [0x81] = op_call,        ['b'] = op_build,     ['Q'] = op_persistent_id,
};

static gboolean
run (Machine *self)
{
  while (!self->done)
    {
      const guint8 *opcode = take (self, 1);
      Operation operation;

      if (opcode == NULL)
        return FALSE;
      if (_siamban_pickle_get_n_values (self->pickle) > MAX_VALUES)
        return fail (self, "too many values");

      operation = operations[*opcode] != NULL ? operations[*opcode] : op_refused;
      if (!operation (self, *opcode))
        return FALSE;
    }

  return TRUE;
}

SiambanPickleValue *
_siamban_pickle_read (SiambanPickle *pickle,
                      gconstpointer data,
                      gsize size,
                      gsize *n_used,
                      GError **error)
{
  Machine self = { .pickle = pickle, .data = data, .size = size, .error = error };
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr (GHashTable) memo = g_hash_table_new (NULL, NULL);

  self.stack = stack;
  self.marks = marks;
  self.memo = memo;

  /* The grant covers what is read, not what is claimed: it needs no guard of its own. */
  _siamban_pickle_grant (pickle,
                         size <= G_MAXSIZE / COPIED_PER_BYTE ? size * COPIED_PER_BYTE : G_MAXSIZE);
  if (!run (&self))
    return NULL;

  if (n_used != NULL)
    *n_used = self.position;

  return g_ptr_array_index (stack, 0);
}
