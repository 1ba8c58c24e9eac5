"""What a re-linkage of the whole base finds, held against what the base says today (PURE)."""
