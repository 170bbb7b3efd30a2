/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <adwaita.h>

#include "siamban-window.h"

/* Drives the real application, in this process, by events that go through the X server: what the
 * pointer cannot reach is not clicked, what has no focus does not get keys. */

/* Call first. Nothing of the user's is read or written: homes are folders of the test. Without a
 * display the test ends here, as skipped. */
void gui_init (int *argc, char ***argv);

/* A folder for the files of this test; deleted at its end. */
const char *gui_get_folder (void);

/* A new window of the application, of that size, on screen; and its end, at which it must go. */
SiambanWindow *gui_open (int width, int height);
void gui_close (void);

/* The first widget below @root, in the order of the tree, that is on screen, of @type, and has @name
 * as id in its UI file, label, title, tooltip or icon. @name: (nullable). Fails if there is none. */
GtkWidget *gui_find (GtkWidget *root, GType type, const char *name);
/* The same, but NULL if there is none. */
GtkWidget *gui_look_for (GtkWidget *root, GType type, const char *name);

/* The window of @type that is on screen, which may still be coming: a dialog. */
GtkWidget *gui_find_window (GType type);

/* Types @path into the file chooser that is coming up, and accepts it. */
void gui_choose_file (const char *path);

/* Runs the main loop until @condition is TRUE, and fails after several times as many @seconds as it
 * should take. */
typedef gboolean (*GuiCondition) (gpointer user_data);
void gui_wait_until (GuiCondition condition, gpointer user_data, double seconds, const char *what);
#define gui_wait_for(condition, user_data, seconds)                                                \
  gui_wait_until ((GuiCondition) (condition), (user_data), (seconds), #condition)

/* Runs the main loop for that long, or until it has nothing to do and everything is drawn. */
void gui_run_for (double seconds);
void gui_settle (void);

/* The pointer goes to the middle of @widget and presses its first button. */
void gui_click (GtkWidget *widget);
void gui_click_at (GtkWidget *widget, double x, double y);
void gui_drag (GtkWidget *widget, double from_x, double from_y, double to_x, double to_y);
/* @clicks of the wheel, down if positive. */
void gui_scroll (GtkWidget *widget, double x, double y, int clicks);
/* The same, whatever is hit. */
void gui_press_pointer (GtkWidget *widget, double x, double y);
void gui_move_pointer (GtkWidget *widget, double x, double y);

/* Keys as GTK writes them, such as `<Control>o`, `Escape`; and text, of ASCII characters, into what
 * has the focus. */
void gui_press (const char *accelerator);
void gui_type (const char *text);

/* What of @widget is on screen goes to $SIAMBAN_PICTURES/NAME.png, or to a folder of the build. */
void gui_save_picture (GtkWidget *widget, const char *name);

/* Stops every training in a folder below @folder, and waits for its end. */
void gui_end_runs (const char *folder);

/* What the last toast of the window says, or NULL. */
const char *gui_get_toast (SiambanWindow *window);

/* Waits for the dialog that asks for a file to write, and lets it be @path. */
void gui_save_as (const char *path);
