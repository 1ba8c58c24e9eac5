"""Background work of reporting: one file a job, each led by one instance per database."""
