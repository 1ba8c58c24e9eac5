"""The common base: the service without argument, else one of its commands (`match`, `load`, `calibrate`...)."""

import gc
import sys


def main(arguments: list[str]) -> int:
    """Run the service, or the command that the arguments name; each loads only what it needs."""
    if arguments[:1] == ["load"]:
        from services.dedup.commands import load

        return load.main(arguments[1:])
    if arguments[:1] == ["calibrate"]:
        from services.dedup.commands import calibrate

        return calibrate.main(arguments[1:])
    if arguments[:1] == ["renormalise"]:
        from services.dedup.commands import renormalise

        return renormalise.main(arguments[1:])
    if arguments[:1] == ["relink"]:
        from services.dedup.commands import relink

        return relink.main(arguments[1:])
    if arguments:
        from services.dedup.commands import match

        return match.main(arguments)
    gc.disable()  # what the start loads stays: `shared.service.app` turns collections on again once started
    from services.dedup.app import SERVICE
    from shared.service.app import main as serve

    serve(SERVICE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
