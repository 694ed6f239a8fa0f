"""Population margins and the weights that follow from them."""
