/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "siamban-pickle-reader-private.h"
#include "siamban-pickle-writer-private.h"
#include "siamban-torch-file-reader-private.h"
#include "siamban.h"

/* A pickle written as a string literal, which may hold NULs. */
#define READ(pickle, literal, error)                                                               \
  _siamban_pickle_read (pickle, literal, sizeof (literal) - 1, NULL, error)

static void
check_integer (SiambanPickleValue *value, gint64 expected)
{
  gint64 integer;

  g_assert_nonnull (value);
  g_assert_true (_siamban_pickle_value_get_integer (value, &integer));
  g_assert_cmpint (integer, ==, expected);
}

static SiambanPickleValue *
item (SiambanPickleValue *value, guint index)
{
  g_assert_cmpuint (index, <, value->items->len);

  return g_ptr_array_index (value->items, index);
}

static void
test_protocols (void)
{
  /* {"a": [1, -2, 300, 2.5, None, True, b"x\0"], "b": ("q",)} as Python writes it. */
  static const struct
  {
    const char *data;
    gsize size;
  } spellings[] = {
#define SPELLING(literal) { literal, sizeof (literal) - 1 }
    SPELLING ("(dp0\nVa\np1\n(lp2\nI1\naI-2\naI300\naF2.5\naNaI01\nac_codecs\nencode\np3\n"
              "(Vx\\u0000\np4\nVlatin1\np5\ntp6\nRp7\nasVb\np8\n(Vq\np9\ntp10\ns."),
    SPELLING ("\x80\x02}q\x00(X\x01\x00\x00\x00"
              "aq\x01]q\x02(K\x01J\xfe\xff\xff\xffM,\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88"
              "c_codecs\nencode\nq\x03X\x02\x00\x00\x00x\x00q\x04X\x06\x00\x00\x00latin1q\x05\x86"
              "q\x06Rq\x07"
              "eX\x01\x00\x00\x00"
              "bq\x08X\x01\x00\x00\x00qq\t\x85q\nu."),
    SPELLING ("\x80\x04\x95\x36\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01"
              "a\x94]\x94(K\x01J\xfe\xff\xff\xffM,\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88"
              "C\x02x\x00\x94"
              "e\x8c\x01"
              "b\x94\x8c\x01q\x94\x85\x94u."),
#undef SPELLING
  };

  for (gsize i = 0; i < G_N_ELEMENTS (spellings); i++)
    {
      g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
      g_autoptr (GError) error = NULL;
      gsize n_used = 0;
      SiambanPickleValue *root = _siamban_pickle_read (pickle, spellings[i].data, spellings[i].size,
                                                       &n_used, &error);
      SiambanPickleValue *list;
      double number;

      g_assert_no_error (error);
      g_assert_cmpuint (n_used, ==, spellings[i].size);
      list = _siamban_pickle_value_lookup (root, "a");
      g_assert_nonnull (list);
      g_assert_cmpuint (list->items->len, ==, 7);
      check_integer (item (list, 0), 1);
      check_integer (item (list, 1), -2);
      check_integer (item (list, 2), 300);
      g_assert_true (_siamban_pickle_value_get_number (item (list, 3), &number));
      g_assert_cmpfloat (number, ==, 2.5);
      g_assert_cmpint (item (list, 4)->kind, ==, SIAMBAN_PICKLE_NONE);
      g_assert_cmpint (item (list, 5)->kind, ==, SIAMBAN_PICKLE_BOOLEAN);
      g_assert_cmpmem (item (list, 6)->text.data, item (list, 6)->text.size, "x\0", 2);
      g_assert_cmpstr (
          _siamban_pickle_value_get_string (item (_siamban_pickle_value_lookup (root, "b"), 0)), ==,
          "q");
    }
}

static void
test_integers (void)
{
  g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
  SiambanPickleValue *big;

  check_integer (READ (pickle, "\x80\x02\x8a\x00.", NULL), 0);
  check_integer (READ (pickle, "\x80\x02\x8a\x01\xff.", NULL), -1);
  check_integer (READ (pickle, "\x80\x02\x8a\x02\xff\x00.", NULL), 255);
  check_integer (READ (pickle, "\x80\x02\x8b\x05\x00\x00\x00\x00\x00\x00\x00\x01.", NULL),
                 G_GINT64_CONSTANT (1) << 32);
  check_integer (READ (pickle, "\x80\x02\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", NULL),
                 G_MININT64);
  check_integer (READ (pickle, "L-123456789012L\n.", NULL), G_GINT64_CONSTANT (-123456789012));

  big = READ (pickle, "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x01.", NULL);
  g_assert_nonnull (big);
  g_assert_cmpint (big->kind, ==, SIAMBAN_PICKLE_BIG_INTEGER);
}

static void
test_text (void)
{
  g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
  SiambanPickleValue *value;

  value = READ (pickle, "S'it\\'s\\n\\x41'\n.", NULL);
  g_assert_cmpstr (_siamban_pickle_value_get_string (value), ==, "it's\nA");
  value = READ (pickle, "V\\u4e2d\xe9\\U0001f600\n.", NULL);
  g_assert_cmpstr (_siamban_pickle_value_get_string (value), ==, "中é😀");
  /* Python 2 wrote bytes and text alike. */
  value = READ (pickle, "U\x02\xff\xfe.", NULL);
  g_assert_cmpint (value->kind, ==, SIAMBAN_PICKLE_BYTES);
  g_assert_null (_siamban_pickle_value_get_string (value));

  g_assert_null (READ (pickle, "S'open\n.", NULL));
  g_assert_null (READ (pickle, "S'\\x4'\n.", NULL));
  g_assert_null (READ (pickle, "V\\u12\n.", NULL));
  g_assert_null (READ (pickle, "V\\ud800\n.", NULL));
}

static void
test_numpy (void)
{
  g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
  g_autoptr (GError) error = NULL;
  SiambanPickleValue *value;
  double number;

  /* numpy.float64 (0.5), big endian */
  value = READ (pickle,
                "\x80\x02"
                "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x02"
                "f8K\x00K\x01\x87R(K\x03U\x01>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
                "U\x08\x3f\xe0\x00\x00\x00\x00\x00\x00\x86R.",
                &error);
  g_assert_no_error (error);
  g_assert_true (_siamban_pickle_value_get_number (value, &number));
  g_assert_cmpfloat (number, ==, 0.5);
}

static void
check_refused (const char *data, gsize size, const char *expected)
{
  g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (_siamban_pickle_read (pickle, data, size, NULL, &error));
  g_assert_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_DATA);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (strstr (error->message, expected) == NULL)
    g_error ("“%s” is not in “%s”", expected, error->message);
}

#define REFUSED(literal, expected) check_refused (literal, sizeof (literal) - 1, expected)

static void
test_malicious (void)
{
  /* What pickles are known to be abused for. */
  REFUSED ("cos\nsystem\n(S'touch /tmp/owned'\ntR.", "os.system");
  REFUSED ("\x80\x02"
           "c__builtin__\neval\nX\x01\x00\x00\x00"
           "1\x85R.",
           "__builtin__.eval");
  REFUSED ("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", "posix.system");
  REFUSED ("\x80\x04\x8c\x08"
           "builtins\x8c\x07getattr\x93.",
           "builtins.getattr");
  REFUSED ("(S'id'\nios\nsystem\n.", "0x69");
  REFUSED ("(cos\nsystem\nS'id'\no.", "os.system");
  REFUSED ("ctorch\nload\n.", "torch.load");
  REFUSED ("ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes");
  REFUSED ("c\x1b[2J\nsystem\n.", "malformed name");
  REFUSED ("\x82\x01.", "0x82");
  REFUSED ("\x97.", "0x97");
  /* What is on the list may not be bent to another use. */
  REFUSED ("cnumpy\nndarray\n)R.", "cannot be called");
  REFUSED ("ctorch\nFloatStorage\n)R.", "cannot be called");
  REFUSED ("ctorch._utils\n_rebuild_tensor_v2\n)R.", "_rebuild_tensor_v2");
  REFUSED ("K\x01}b.", "attributes");
  REFUSED ("K\x01Q.", "persistent id");
  REFUSED ("((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI-1\ntQ.", "persistent id");
}

static void
test_damaged (void)
{
  REFUSED ("", "ends early");
  REFUSED ("\x80", "ends early");
  REFUSED ("\x80\x09.", "protocol");
  REFUSED ("X\xff\xff\xff\xff", "ends early");
  REFUSED ("\x8e\xff\xff\xff\xff\xff\xff\xff\xff", "ends early");
  REFUSED ("\x8b\xff\xff\xff\xff", "ends early");
  REFUSED (".", "not one value");
  REFUSED ("NN.", "not one value");
  REFUSED ("(N.", "not one value");
  REFUSED ("t.", "mark is missing");
  REFUSED ("a.", "missing");
  REFUSED ("}K\x01s.", "missing");
  REFUSED ("]K\x01K\x02s.", "another kind");
  REFUSED ("}(Nu.", "key without value");
  REFUSED ("(Nd.", "key without value");
  REFUSED ("h\x07.", "never stored");
  REFUSED ("g99999999999999\n.", "malformed");
  REFUSED ("I12x\n.", "malformed");
  REFUSED ("F\n.", "malformed");
  REFUSED ("I1", "line");
  REFUSED ("N(a.", "missing");
  REFUSED ("](Na.", "missing");
  REFUSED ("(0.", "not one value");
}

static void
test_bombs (void)
{
  g_autoptr (GString) nested = g_string_new (NULL);
  g_autoptr (GString) doubled = g_string_new ("]q");
  g_autoptr (GString) copied = g_string_new (NULL);

  /* Deep nesting, by marks and by values. */
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (nested, '(');
  check_refused (nested->str, nested->len, "too deep");
  g_string_assign (nested, "N");
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (nested, '\x85');
  check_refused (nested->str, nested->len, "too deep");

  /* Each list twice in the next one costs nothing: they are the same list. */
  g_string_append_c (doubled, '\0');
  for (guint i = 0; i < 150; i++)
    g_string_append_len (doubled, "](h\0h\0eq\0", 9);
  g_string_append (doubled, "\x85.");
  {
    g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();

    (void) _siamban_pickle_read (pickle, doubled->str, doubled->len, NULL, NULL);
    g_assert_cmpuint (_siamban_pickle_get_n_values (pickle), <, 1000);
  }

  /* One long text copied again and again. */
  g_string_append (copied, "(c_codecs\nencode\nq");
  g_string_append_c (copied, '\1');
  g_string_append_len (copied, "X\x00\x00\x10\x00", 5);
  for (guint i = 0; i < 1 << 20; i++)
    g_string_append_c (copied, 'x');
  g_string_append (copied, "X\x06");
  g_string_append_len (copied, "\0\0\0latin1\x86q\2", 12);
  for (guint i = 0; i < 100000; i++)
    g_string_append (copied, "h\1h\2R0");
  check_refused (copied->str, copied->len, "unfolds");
}

/* Whatever is cut off or changed: an error or a value, never a crash. */
static void
test_mutations (void)
{
  static const char original[] =
      "\x80\x02}q\x00(X\x01\x00\x00\x00"
      "aq\x01"
      "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
      "X\x01\x00\x00\x00"
      "0X\x03\x00\x00\x00"
      "cpuK\x06tQK\x00K\x02K\x03\x86K\x03K\x01\x86\x89"
      "ccollections\nOrderedDict\n)RtRX\x01\x00\x00\x00"
      "bK\x02u.";
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (gsize size = 0; size < sizeof original - 1; size++)
    check_refused (original, size, "");

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
      g_autoptr (GError) error = NULL;
      char changed[sizeof original];
      SiambanPickleValue *value;

      memcpy (changed, original, sizeof original);
      for (guint n = 0; n < 3; n++)
        changed[g_rand_int_range (random, 0, sizeof original - 1)] = (char) g_rand_int (random);
      value = _siamban_pickle_read (pickle, changed, sizeof original - 1, NULL, &error);
      g_assert_true ((value == NULL) == (error != NULL));
    }
}

static void
test_writer (void)
{
  static const gint64 integers[] = { 0,         1,          255,        256,
                                     -1,        G_MAXINT32, G_MININT32, G_GINT64_CONSTANT (1) << 40,
                                     G_MININT64 };
  g_autoptr (SiambanPickle) pickle = _siamban_pickle_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  SiambanPickleValue *root;
  double number;

  _siamban_pickle_write_start (out);
  _siamban_pickle_write_operation (out, SIAMBAN_PICKLE_EMPTY_LIST);
  _siamban_pickle_write_operation (out, SIAMBAN_PICKLE_MARK);
  for (gsize i = 0; i < G_N_ELEMENTS (integers); i++)
    _siamban_pickle_write_integer (out, integers[i]);
  _siamban_pickle_write_string (out, "größe");
  _siamban_pickle_write_number (out, -0.1);
  _siamban_pickle_write_boolean (out, TRUE);
  _siamban_pickle_write_global (out, "torch", "Size");
  _siamban_pickle_write_operation (out, SIAMBAN_PICKLE_APPENDS);
  _siamban_pickle_write_operation (out, SIAMBAN_PICKLE_STOP);

  root = _siamban_pickle_read (pickle, out->data, out->len, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    check_integer (item (root, i), integers[i]);
  g_assert_cmpstr (_siamban_pickle_value_get_string (item (root, 9)), ==, "größe");
  g_assert_true (_siamban_pickle_value_get_number (item (root, 10), &number));
  g_assert_cmpfloat (number, ==, -0.1);
  g_assert_cmpint (item (root, 11)->integer, ==, 1);
  g_assert_cmpint (item (root, 12)->kind, ==, SIAMBAN_PICKLE_GLOBAL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pickle/protocols", test_protocols);
  g_test_add_func ("/pickle/integers", test_integers);
  g_test_add_func ("/pickle/text", test_text);
  g_test_add_func ("/pickle/numpy", test_numpy);
  g_test_add_func ("/pickle/malicious", test_malicious);
  g_test_add_func ("/pickle/damaged", test_damaged);
  g_test_add_func ("/pickle/bombs", test_bombs);
  g_test_add_func ("/pickle/mutations", test_mutations);
  g_test_add_func ("/pickle/writer", test_writer);

  return g_test_run ();
}
