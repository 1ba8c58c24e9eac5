"""The chart really run: two nodes of a Kubernetes on this machine, real pods of the real images: ``make helm-test``.

Needs root, Go (the first time) and Docker, which builds the images; without one of them it says so and ends well.
"""
