"""``python -m services.letters``: the service; with an argument, one of its commands (``verify``, ``seal-key``)."""

import gc
import sys


def main(arguments: list[str]) -> int:
    """Run the service, or the command that the arguments name; each loads only what it needs."""
    if arguments:
        from services.letters.commands import cli

        return cli.main(arguments)
    gc.disable()  # what the start loads stays: `shared.service.app` turns collections on again once started
    from services.letters.app import SERVICE
    from shared.service.app import main as serve

    serve(SERVICE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
