"""Raking and 50 means with standard errors, by surveyapp and by other survey libraries.

Modules named ``with_…`` are contenders. Each runs in a process of its own, some in an environment
of their own, so they import nothing of the product but what they measure.
"""
