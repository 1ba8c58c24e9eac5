"""Values of the law that several services say or count, as one dated file."""
