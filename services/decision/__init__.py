"""May it be granted, by which rules, and by when?"""
