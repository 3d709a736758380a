"""Functions whose statements take rows of anybody, and why they may."""

OF_ANYBODY = {
    "exports.remove_expired": "work of the system: what is old goes",
}
