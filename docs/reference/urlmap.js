baseURLs = [["GObject", "https://docs.gtk.org/gobject/"], ["GLib", "https://docs.gtk.org/glib/"], ["Gio", "https://docs.gtk.org/gio/"]]
