"""Re-linkage of the whole base: the index of every day asked about everybody, on one machine or on many.

A run is a folder: a snapshot of the index, the base in partitions, and the pairs found for each partition. What is
done stays done, so a run that was ended goes on where it stopped, on whichever engine.
"""
