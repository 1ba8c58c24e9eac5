"""``python -m services.dedup.training``: learn the model again from labelled data."""

import sys

from services.dedup.training.learn import main

if __name__ == "__main__":
    sys.exit(main())
