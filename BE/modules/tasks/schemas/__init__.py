"""What clients send and receive, and the files of an import and an export."""
