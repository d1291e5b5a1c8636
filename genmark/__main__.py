"""`python -m genmark` is the command `genmark`."""

from __future__ import annotations

from genmark.cli import main

main(prog_name="genmark")
