"""Functions whose statements take rows of anybody, and why they may."""

_HANDLED = "work of the system: by its id, which an event carries"

OF_ANYBODY = {
    "exports.start": _HANDLED,
    "exports.finish": _HANDLED,
    "exports.give_up": _HANDLED,
    "exports.stuck": "work of the system: what nobody makes any more",
    "exports.remove_expired": "work of the system: what is old goes",
}
