"""Supervision: honest draws, and the grid that a reviewer answers. PURE."""
