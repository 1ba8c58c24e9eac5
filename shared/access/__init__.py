"""Who may do what, who read what: tokens, sessions and their provider, posts, purposes, the access log."""
