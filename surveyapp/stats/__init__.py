"""Survey statistics on cells of equal respondents: arrays in, frozen results out.

Nothing here reads a file, a database, a clock or a random source. A *cell* is one combination
of every attribute that weighting, variance or breakdown uses; inside a cell all respondents have
the same weight, so counts and two moments per cell give exactly what the single rows would give.
"""
