import pytest

from BE.core.http.accepted import weight_of, weights_in


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("deflate, *", True),
        ("*;q=0.1", True),
        ("gzip;x=y;q=0.5", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;x=y;q=0", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=high", False),
        ("notgzip", False),
    ],
)
def test_accept_encoding_is_parsed(*, header: str, accepted: bool) -> None:
    assert (weight_of("gzip", weights_in(header)) > 0) is accepted
