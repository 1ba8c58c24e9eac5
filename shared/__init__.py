"""The kernel: everything that is the same in every service and holds no business rule."""
