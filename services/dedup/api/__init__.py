"""HTTP for programs: one file a subject, its request and response models, what the routes share in dependencies.py."""
