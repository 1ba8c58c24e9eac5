"""The demonstration: invented applications, the agents' scripts and the player that lives through them."""
