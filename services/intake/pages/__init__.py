"""HTML for people: the routes of a page and, beside them, its templates under the same name."""
