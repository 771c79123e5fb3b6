"""Simulation."""


def simulate(*, levels, quarter, branch=None, new_customer_days: int = 30):
    raise NotImplementedError
