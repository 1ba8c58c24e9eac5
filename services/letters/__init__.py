"""What is the person told, in which exact words?"""
