"""The tables as they came to be: one Alembic revision after the other, inside the package."""
