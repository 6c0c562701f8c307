"""Ranks pairs of submissions by what they share and few others wrote: for staff to read, never a verdict.

`syntax` turns code into symbols, `work` removes what the template gave and cuts the rest into grams, `rank`
weighs each gram by its rarity and scores every pair, `store` keeps the ranking until a submission changes.
"""
