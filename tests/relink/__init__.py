"""``make relink-test``: the whole base linked again on each engine, with the same answers."""
