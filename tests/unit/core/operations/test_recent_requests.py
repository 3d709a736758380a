from BE.core.operations.recent_requests import Answers, RecentRequests


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def serve(recent: RecentRequests, *statuses: int, seconds: float = 0.01, route: str = "/x") -> None:
    for status in statuses:
        recent.observe(route, "GET", status, seconds)


def test_responses_are_counted_by_class_after_their_second() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    serve(recent, 200, 204, 304, 404, 422, 503)
    running = recent.figures()
    clock.now += 3
    over = recent.figures()

    assert (running.seconds, running.per_second, running.latency_ms) == (0, 0, None)
    assert (over.seconds, over.per_second) == (3, 2)
    assert over.answers == Answers(success=2, redirection=1, client_error=2, server_error=1)


def test_latency_ignores_rate_limited_requests() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    serve(recent, 429, seconds=4)
    clock.now += 1
    refused = recent.figures()
    serve(recent, 200)
    clock.now += 1
    latency = recent.figures().latency_ms

    assert (refused.per_second, refused.latency_ms) == (1, None)
    assert latency is not None
    assert latency.p99 < 100


def test_requests_older_than_a_minute_are_forgotten() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    serve(recent, 200)
    clock.now += 30
    serve(recent, 500)
    clock.now += 30
    whole = recent.figures()
    clock.now += 1
    later = recent.figures()
    clock.now += 1000
    serve(recent, 200)
    much_later = recent.figures()

    assert (whole.seconds, whole.answers.success, whole.answers.server_error) == (60, 1, 1)
    assert (later.seconds, later.answers.success, later.answers.server_error) == (60, 0, 1)
    assert much_later.answers == Answers(0, 0, 0, 0)


def test_percentiles_are_at_most_a_fifth_too_high() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    for milliseconds in range(1, 1001):
        serve(recent, 200, seconds=milliseconds / 1000)
    serve(recent, 200, seconds=3600)
    clock.now += 1
    latency = recent.figures().latency_ms

    assert latency is not None
    assert 501 <= latency.p50 <= 501 * 1.2
    assert 951 <= latency.p95 <= 951 * 1.2
    assert 991 <= latency.p99 <= 991 * 1.2


def test_probes_and_unanswered_requests_do_not_count() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    serve(recent, 200, route="/health/live")
    serve(recent, 0)
    clock.now += 1

    assert recent.figures().latency_ms is None


def test_a_process_serves_until_a_whole_second_passed_without_a_response() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    before = recent.is_serving()
    serve(recent, 200)
    serving = []
    for _ in range(3):
        serving.append(recent.is_serving())
        clock.now += 1

    assert not before
    assert serving == [True, True, False]


def test_probes_and_the_last_lap_of_the_ring_are_no_service() -> None:
    clock = Clock()
    recent = RecentRequests(clock)
    serve(recent, 200)
    clock.now += 61
    serve(recent, 200, route="/health/ready")

    assert not recent.is_serving()
