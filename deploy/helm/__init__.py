"""The chart of the platform, and the commands of Kubernetes by which it is tried."""
