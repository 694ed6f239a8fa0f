"""What people can do, one method and one transaction each; clock and randomness are passed in."""
