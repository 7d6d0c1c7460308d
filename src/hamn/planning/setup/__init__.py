"""(Pair, Facts, Ground, looks) -> the plan of setting a machine up; pure.

Each step says what shall be, and its check whether it is so already: a step whose check holds is skipped, so the
same plan made again continues what was interrupted, and is empty when all is done.
"""
