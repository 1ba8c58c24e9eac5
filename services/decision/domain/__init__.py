"""PURE: facts in, result out."""
