"""Measurements beside raw SQL, on PostgreSQL with 100,000 invented customers: `make bench`."""
