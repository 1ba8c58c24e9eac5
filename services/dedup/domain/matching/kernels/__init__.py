"""Compiled code of the comparison. Every folder named kernels/ is compiled and hashed into its cache."""
