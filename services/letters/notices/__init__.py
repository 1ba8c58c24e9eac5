"""The port through which short notices leave, and its two ways out: a mail server, a gateway for SMS."""
