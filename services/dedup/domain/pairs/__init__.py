"""From candidates to pairs, clerical review and persons."""
