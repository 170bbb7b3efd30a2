/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#include "siamban.h"

G_BEGIN_DECLS

/* What the command ends with: 0, or one of these. */
#define CLI_EXIT_FAILURE 1
#define CLI_EXIT_USAGE 2

/* A command; @argv[0] is its name. A mistake in how it is used is an error of the domain
 * G_OPTION_ERROR, for which main() ends with CLI_EXIT_USAGE; any other is a failure. */
typedef gboolean (*CliRunFunc) (int argc, char **argv, GError **error);

typedef struct
{
  const char *name;
  CliRunFunc run;
  const char *summary; /* translatable */
} CliCommand;

/* Runs the command that @argv[1] names, of a list that ends with a NULL name. */
gboolean cli_dispatch (const CliCommand *commands,
                       const char *summary,
                       int argc,
                       char **argv,
                       GError **error);

/* One file each. */
gboolean cli_convert (int argc, char **argv, GError **error);
gboolean cli_devices (int argc, char **argv, GError **error);
gboolean cli_doctor (int argc, char **argv, GError **error);
gboolean cli_eval (int argc, char **argv, GError **error);
gboolean cli_export (int argc, char **argv, GError **error);
gboolean cli_inspect (int argc, char **argv, GError **error);
gboolean cli_inspect_config (int argc, char **argv, GError **error);
gboolean cli_inspect_model (int argc, char **argv, GError **error);
gboolean cli_inspect_program (int argc, char **argv, GError **error);
gboolean cli_inspect_sample (int argc, char **argv, GError **error);
gboolean cli_inspect_weights (int argc, char **argv, GError **error);
gboolean cli_log (int argc, char **argv, GError **error);
gboolean cli_prepare (int argc, char **argv, GError **error);
gboolean cli_runs (int argc, char **argv, GError **error);
gboolean cli_selftest (int argc, char **argv, GError **error);
gboolean cli_synth (int argc, char **argv, GError **error);
gboolean cli_track (int argc, char **argv, GError **error);
gboolean cli_train (int argc, char **argv, GError **error);

/* siamban-cli-options.c */
gboolean cli_parse (const GOptionEntry *entries,
                    const char *arguments,
                    const char *summary,
                    int *argc,
                    char ***argv,
                    GError **error);
void cli_set_usage_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean
cli_check_range (const char *option, gint64 value, gint64 lowest, gint64 highest, GError **error);

/* Exactly one argument is left, a configuration. */
gboolean cli_check_config_argument (int argc, char **argv, GError **error);
gboolean cli_check_given (const char *option, gboolean given, GError **error);
gboolean cli_check_no_arguments (int argc, char **argv, GError **error);

/* The file and what `--set` says, checked as a whole. */
SiambanConfig *cli_load_config (const char *path, char **settings, GError **error);

/* What computes, and how. */
typedef struct
{
  char *id;
  int n_threads;
  gboolean exact;
  char *precision;
  char *convolutions;
} CliDeviceOptions;

/* Options that several commands have. File names keep their bytes, so settings are of that type. */
#define CLI_SET_OPTION(settings)                                                                   \
  {                                                                                                \
    "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, (settings),                                        \
        N_ ("Change a key of the configuration; may be given again"), N_ ("KEY=VALUE")             \
  }
#define CLI_DEVICE_OPTIONS(options)                                                                \
  { "device",                                                                                      \
    'd',                                                                                           \
    0,                                                                                             \
    G_OPTION_ARG_STRING,                                                                           \
    &(options)->id,                                                                                \
    N_ ("What computes, as “siamban devices” lists it"),                                           \
    N_ ("ID") },                                                                                   \
      { "threads",                                                                                 \
        't',                                                                                       \
        0,                                                                                         \
        G_OPTION_ARG_INT,                                                                          \
        &(options)->n_threads,                                                                     \
        N_ ("Keep at most this many processors busy; 0 for all"),                                  \
        N_ ("N") },                                                                                \
      { "exact",                                                                                   \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_NONE,                                                                         \
        &(options)->exact,                                                                         \
        N_ ("Compute convolutions as they are defined, without quicker algorithms that round "     \
            "more"),                                                                               \
        NULL },                                                                                    \
      { "precision",                                                                               \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_STRING,                                                                       \
        &(options)->precision,                                                                     \
        N_ ("In what to compute: float32, or on graphics cards bf16"),                             \
        N_ ("PRECISION") },                                                                        \
  {                                                                                                \
    "convolutions", 0, 0, G_OPTION_ARG_STRING, &(options)->convolutions,                           \
        N_ ("Compute some convolutions in a way of your choice: direct, winograd2, winograd4"),    \
        N_ ("WEIGHTS=WAY,…")                                                                       \
  }

/* The device that `--device` names, or the best one. Sets the number of threads of the process, too:
 * before anything that computes. */
void cli_clear_device_options (CliDeviceOptions *options);
SiambanDevice *cli_open_device (const CliDeviceOptions *options, GError **error);
/* The devices that @ids names; for NULL the one. */
GListModel *cli_open_devices (const CliDeviceOptions *options, const char *ids, GError **error);

/* siamban-cli-output.c */

/* Prints rows of cells under titles, in columns; numbers on the right. */
typedef struct _CliTable CliTable;

CliTable *cli_table_new (const char *const *titles);
void cli_table_free (CliTable *self);
/* Takes the cells, as many as there are titles. */
void cli_table_add (CliTable *self, char **cells);
void cli_table_print (CliTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliTable, cli_table_free)

/* Prints the finished document of @builder. */
void cli_print_json (JsonBuilder *builder);
void cli_json_string (JsonBuilder *builder, const char *name, const char *value);
void cli_json_int (JsonBuilder *builder, const char *name, gint64 value);
/* An array of checks, of the cells status, check and detail in each row. */
void cli_json_checks (JsonBuilder *builder, GPtrArray *rows);
void cli_json_double (JsonBuilder *builder, const char *name, double value);
void cli_json_boolean (JsonBuilder *builder, const char *name, gboolean value);

void cli_json_shape (JsonBuilder *builder, const gint64 *shape, gsize n_dims);

/* `1:02:03` or `2:03`, as people write how long something takes. */
char *cli_format_duration (double seconds);

/* siamban-cli-progress.c */

/* One line that is written again and again, on a terminal only. */
typedef struct
{
  FILE *file;
  gboolean live;
  gint64 started;
  gint64 shown; /* 0 when there is no line */
} CliProgress;

void cli_progress_init (CliProgress *self, FILE *file);
void cli_progress_update (CliProgress *self, guint n_done, guint n_all);
/* Writes any line; @force also when the last one is very young. */
void cli_progress_show (CliProgress *self, const char *line, gboolean force);
void cli_progress_clear (CliProgress *self);

/* siamban-cli-interrupt.c */

/* Calls once for the first Ctrl-C or SIGTERM; the second one kills, as without a handler. Needs a
 * running main loop. */
typedef struct _CliInterrupt CliInterrupt;
typedef void (*CliInterruptFunc) (gpointer user_data);

CliInterrupt *cli_interrupt_new (CliInterruptFunc func, gpointer user_data);
void cli_interrupt_free (CliInterrupt *self);
gboolean cli_interrupt_happened (CliInterrupt *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliInterrupt, cli_interrupt_free)

/* siamban-cli-import.c */

/* Runs an import with a progress line and Ctrl-C. */
gboolean cli_run_importer (SiambanImporter *importer, GError **error);
void cli_json_report (JsonBuilder *builder, SiambanPrepareReport *report);
/* What was left out, on the error output, then the counts. */
void cli_print_report (SiambanPrepareReport *report);

/* siamban-cli-static.c */

/* How well a box does that stays where the target is first. */
SiambanEvaluation *cli_evaluate_static (SiambanTrajectory *truth);

G_END_DECLS
