"""The command line: read files, call one function, write files.

Nothing but click is imported until a command is run, so that `genmark --help` answers at once.
"""

from __future__ import annotations

import click

from genmark import __version__
from genmark.cli.group import Commands

HOMES = {
    "preview": ("genmark.cli.preview", "Show portraits in other styles, with proof that nothing else changed."),
    "parse": ("genmark.cli.parse", "Write what is where in portraits: hair, regions, landmarks."),
    "donor": ("genmark.cli.donor", "Keep your own hair donors: add, list and remove them."),
    "brand": ("genmark.cli.brand", "Learn brands from their posts, and score pictures by them."),
    "target": ("genmark.cli.target", "Say whom photos speak of: segments with their evidence, and offers."),
    "store": ("genmark.cli.store", "Keep customers' photos and what they show; export and delete them."),
    "caption": ("genmark.cli.caption", "Say what photos show, in a sentence and tags."),
    "presets": ("genmark.cli.presets", "List the styles and backends that there are."),
    "doctor": ("genmark.cli.doctor", "Look whether this machine has what genmark needs."),
    "train": ("genmark.cli.train", "Train the networks that ship with genmark."),
    "eval": ("genmark.cli.evaluate", "Measure the networks that ship on labelled data."),
    "completion": ("genmark.cli.completion", "Print the script that completes genmark's words in your shell."),
}


@click.group("genmark", cls=Commands, homes=HOMES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="genmark", message="%(prog)s %(version)s")
def main() -> None:
    """One portrait in, proven previews out.

    Exit codes: 0 done, 2 bad usage, 3 some input was bad, 4 a model is missing, 130 interrupted.
    """
