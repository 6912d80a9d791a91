"""What law and department permit, asked through one small protocol. Does nothing; knows no person's name."""
