"""What each command does, without its face: values in, a case out."""
