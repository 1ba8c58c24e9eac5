"""``python -m deploy.local``: the platform on this machine."""

import sys

from deploy.local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
