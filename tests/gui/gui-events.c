/* SPDX-License-Identifier: Apache-2.0 */
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>
#include <gdk/x11/gdkx.h>

#include "gui.h"

G_GNUC_BEGIN_IGNORE_DEPRECATIONS

/* Events of a pointer and a keyboard that the X server makes, for whatever lies there. */

static Display *
get_display (void)
{
  return gdk_x11_display_get_xdisplay (gdk_display_get_default ());
}

/* What was sent comes back by the X server; the main loop then handles it. */
static void
deliver (void)
{
  XSync (get_display (), False);
  gui_run_for (0.03);
  gui_settle ();
}

static void
move_over (GtkWidget *widget, double x, double y)
{
  GtkNative *native = gtk_widget_get_native (widget);
  GdkSurface *surface = gtk_native_get_surface (native);
  const int scale = gdk_surface_get_scale_factor (surface);
  double left, top, in_x, in_y;
  int root_x, root_y;
  Window child;

  g_assert_true (
      gtk_widget_translate_coordinates (widget, GTK_WIDGET (native), x, y, &in_x, &in_y));
  gtk_native_get_surface_transform (native, &left, &top);
  XTranslateCoordinates (get_display (), gdk_x11_surface_get_xid (surface),
                         DefaultRootWindow (get_display ()), (int) ((in_x + left) * scale),
                         (int) ((in_y + top) * scale), &root_x, &root_y, &child);
  XTestFakeMotionEvent (get_display (), -1, root_x, root_y, CurrentTime);
}

static void
move_to (GtkWidget *widget, double x, double y)
{
  /* Its window may have been closed since. */
  if (widget != NULL && gtk_widget_get_mapped (widget))
    move_over (widget, x, y);
}

static void
press_button (guint button)
{
  XTestFakeButtonEvent (get_display (), button, True, CurrentTime);
  XTestFakeButtonEvent (get_display (), button, False, CurrentTime);
}

void
gui_move_pointer (GtkWidget *widget, double x, double y)
{
  move_to (widget, x, y);
  deliver ();
}

void
gui_press_pointer (GtkWidget *widget, double x, double y)
{
  move_to (widget, x, y);
  deliver ();
  press_button (1);
  deliver ();
}

/* What the pointer hits there must be the widget, or lie in it. */
static void
check_reach (GtkWidget *widget, double x, double y)
{
  GtkWidget *native = GTK_WIDGET (gtk_widget_get_native (widget));
  GtkWidget *hit;
  double in_x, in_y;

  gtk_widget_translate_coordinates (widget, native, x, y, &in_x, &in_y);
  hit = gtk_widget_pick (native, in_x, in_y, GTK_PICK_DEFAULT);
  if (hit == NULL || (hit != widget && !gtk_widget_is_ancestor (hit, widget)))
    {
      gui_save_picture (native, "failed");
      g_error ("%s at %.0f, %.0f cannot be clicked: there is %s", G_OBJECT_TYPE_NAME (widget), in_x,
               in_y, hit != NULL ? G_OBJECT_TYPE_NAME (hit) : "nothing");
    }
}

void
gui_click_at (GtkWidget *widget, double x, double y)
{
  check_reach (widget, x, y);
  gui_press_pointer (widget, x, y);
}

void
gui_click (GtkWidget *widget)
{
  gui_click_at (widget, gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
}

void
gui_drag (GtkWidget *widget, double from_x, double from_y, double to_x, double to_y)
{
  const int n_steps = 8;

  /* What is dragged may close its own window. */
  g_object_add_weak_pointer (G_OBJECT (widget), (gpointer *) &widget);
  move_to (widget, from_x, from_y);
  deliver ();
  XTestFakeButtonEvent (get_display (), 1, True, CurrentTime);
  deliver ();
  for (int i = 1; i <= n_steps; i++)
    {
      move_to (widget, from_x + (to_x - from_x) * i / n_steps,
               from_y + (to_y - from_y) * i / n_steps);
      deliver ();
    }
  XTestFakeButtonEvent (get_display (), 1, False, CurrentTime);
  deliver ();
  g_clear_weak_pointer (&widget);
}

void
gui_scroll (GtkWidget *widget, double x, double y, int clicks)
{
  move_to (widget, x, y);
  deliver ();
  for (int i = 0; i < ABS (clicks); i++)
    press_button (clicks > 0 ? 5 : 4);
  deliver ();
}

static void
send_key (guint keysym, gboolean down)
{
  const KeyCode code = XKeysymToKeycode (get_display (), keysym);

  g_assert_cmpuint (code, !=, 0);
  XTestFakeKeyEvent (get_display (), code, down, CurrentTime);
}

static void
press_with (guint keysym, GdkModifierType modifiers)
{
  const struct
  {
    GdkModifierType mask;
    guint keysym;
  } keys[] = {
    { GDK_CONTROL_MASK, XK_Control_L },
    { GDK_ALT_MASK, XK_Alt_L },
    { GDK_SHIFT_MASK, XK_Shift_L },
  };
  const KeyCode code = XKeysymToKeycode (get_display (), keysym);

  if (XKeycodeToKeysym (get_display (), code, 0) != keysym &&
      XKeycodeToKeysym (get_display (), code, 1) == keysym)
    modifiers |= GDK_SHIFT_MASK;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if ((modifiers & keys[i].mask) != 0)
      send_key (keys[i].keysym, TRUE);
  send_key (keysym, TRUE);
  send_key (keysym, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if ((modifiers & keys[i].mask) != 0)
      send_key (keys[i].keysym, FALSE);
}

void
gui_press (const char *accelerator)
{
  guint keysym;
  GdkModifierType modifiers;

  g_assert_true (gtk_accelerator_parse (accelerator, &keysym, &modifiers));
  press_with (keysym, modifiers);
  deliver ();
}

void
gui_type (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    press_with (gdk_unicode_to_keyval ((guint32) *at), 0);
  deliver ();
}

G_GNUC_END_IGNORE_DEPRECATIONS
