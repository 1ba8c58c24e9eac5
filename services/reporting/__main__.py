"""``python -m services.reporting``: the service; with an argument, one of its commands (``audit``)."""

import gc
import sys


def main(arguments: list[str]) -> int:
    """Run the service, or the command that the arguments name."""
    if arguments:
        from services.reporting.commands import cli

        return cli.main(arguments)
    gc.disable()  # what the start loads stays: `shared.service.app` turns collections on again once started
    from services.reporting.app import SERVICE
    from shared.service.app import main as serve

    serve(SERVICE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
