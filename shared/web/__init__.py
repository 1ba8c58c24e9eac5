"""Server-rendered pages: one layout, one style sheet, French, usable with the keyboard and a screen reader."""
