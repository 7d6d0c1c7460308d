"""What hamn itself does on a machine, where no standard tool does it. Standard library only: it starts at once."""
