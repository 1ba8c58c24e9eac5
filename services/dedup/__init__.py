"""Has this person applied before, anywhere, and what happened?"""
