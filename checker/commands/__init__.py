"""What each command of the command line does; none of them prints."""
