"""What happened, how many, how fast, for which caisse?"""
