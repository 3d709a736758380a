"""The process around the application: sockets, signals, workers, the protocol and its bounds."""
