"""What was asked, by whom, when, with which papers?"""
