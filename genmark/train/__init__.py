"""One plain loop for each thing that is trained: read the pack, step, evaluate, keep the best."""
