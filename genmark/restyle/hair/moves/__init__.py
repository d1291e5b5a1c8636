"""Moves: what scissors, rollers and brushes do to hair, as pure functions from one draft to the next.

A draft runs backwards, so of what a salon does to a head, the last comes first: volume, wave, turn, trim, lengthen,
straighten; fringe, taper and thin go anywhere, best before the cut. Lengths are in face heights.
"""
