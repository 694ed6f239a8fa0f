"""From the form or file to the stored response and its receipt."""
