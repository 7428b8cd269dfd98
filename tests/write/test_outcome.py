"""What became of a request: every cell of the table, and the precedence, which is the same for every vendor."""

import itertools

import pytest

from orderctl.backend.call import Meaning, Verdict
from orderctl.errors import (
    Conflict,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
)
from orderctl.http import Reply, Request
from orderctl.write.outcome import Class, classify, error_of

REQUEST = Request(method="POST", url="http://x/", purpose="create order 'R-1'")

STATUSES = [200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 408, 409, 411, 413, 414, 415, 418, 422, 425, 429, 431]
STATUSES += [500, 502, 503, 504, 505, 599, 100, 199]

YES = Verdict(meaning=Meaning.DONE, value="7")


def verdict(meaning: Meaning) -> Verdict:
    return Verdict(meaning=meaning, message="the vendor's own", value="7" if meaning is Meaning.DONE else None)


def test_a_429_was_not_processed_whatever_the_body_says() -> None:
    for meaning in Meaning:
        assert classify(429, verdict(meaning), create=True) is Class.BUSY


@pytest.mark.parametrize("status", [301, 302, 307, 408, 425, 500, 502, 503, 504, 505, 599])
def test_a_redirect_a_timeout_and_a_broken_server_are_unknown_whatever_the_body_says(status: int) -> None:
    for meaning, create in itertools.product(Meaning, (True, False)):
        assert classify(status, verdict(meaning), create=create) is Class.UNKNOWN


@pytest.mark.parametrize(
    "meaning,found",
    [
        (Meaning.CONFLICT, Class.REFUSED),
        (Meaning.EXISTS, Class.EXISTS),
        (Meaning.EXPIRED, Class.EXPIRED),
        (Meaning.LOGIN, Class.REFUSED),
        (Meaning.NOT_FOUND, Class.REFUSED),
        (Meaning.PERMISSION, Class.REFUSED),
        (Meaning.REFUSED, Class.REFUSED),
        (Meaning.UNKNOWN, Class.UNKNOWN),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 405, 409, 413, 415, 418, 422])
def test_what_the_vendor_lists_comes_before_the_status(meaning: Meaning, found: Class, status: int) -> None:
    assert classify(status, verdict(meaning), create=True) is found
    assert classify(status, verdict(meaning)) is found


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_yes_is_done_only_with_an_id_where_an_order_is_made(status: int) -> None:
    assert classify(status, YES, create=True) is Class.DONE
    assert classify(status, Verdict(meaning=Meaning.DONE), create=True) is Class.ACCEPTED
    assert classify(status, Verdict(meaning=Meaning.DONE)) is Class.DONE


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422])
def test_a_yes_with_a_status_that_says_no_is_unknown(status: int) -> None:
    assert classify(status, YES, create=True) is Class.UNKNOWN


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_no_that_nobody_listed_and_an_empty_answer_are_unknown(status: int) -> None:
    assert classify(status, verdict(Meaning.NO), create=True) is Class.UNKNOWN
    assert classify(status, verdict(Meaning.NOTHING), create=True) is Class.UNKNOWN


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 411, 413, 414, 415, 422, 431])
def test_the_statuses_that_a_server_gives_before_it_processes_are_a_no(status: int) -> None:
    assert classify(status, verdict(Meaning.NOTHING), create=True) is Class.REFUSED
    assert classify(status, verdict(Meaning.NO), create=True) is Class.REFUSED


def test_a_409_means_a_used_reference_to_a_create_and_is_unknown_to_any_other_write() -> None:
    assert classify(409, verdict(Meaning.NOTHING), create=True) is Class.EXISTS
    assert classify(409, verdict(Meaning.NO), create=True) is Class.EXISTS
    assert classify(409, verdict(Meaning.NOTHING)) is Class.UNKNOWN


def test_any_other_status_is_unknown() -> None:
    for status in (100, 199, 402, 406, 410, 418, 451, 499):
        assert classify(status, verdict(Meaning.NOTHING), create=True) is Class.UNKNOWN


@pytest.mark.parametrize(
    "status,meaning,error",
    [
        (200, Meaning.CONFLICT, Conflict),
        (200, Meaning.EXISTS, Conflict),
        (200, Meaning.EXPIRED, PermissionDenied),
        (200, Meaning.LOGIN, LoginRefused),
        (200, Meaning.NO, OutcomeUnknown),
        (200, Meaning.NOTHING, OutcomeUnknown),
        (200, Meaning.NOT_FOUND, NotFound),
        (200, Meaning.PERMISSION, PermissionDenied),
        (200, Meaning.REFUSED, Refused),
        (200, Meaning.UNKNOWN, OutcomeUnknown),
        (400, Meaning.NOTHING, Refused),
        (401, Meaning.NOTHING, LoginRefused),
        (403, Meaning.NOTHING, PermissionDenied),
        (404, Meaning.REFUSED, Refused),
        (409, Meaning.NOTHING, OutcomeUnknown),
        (418, Meaning.NO, OutcomeUnknown),
        (422, Meaning.NO, Refused),
        (429, Meaning.DONE, RateLimited),
        (302, Meaning.DONE, OutcomeUnknown),
        (503, Meaning.REFUSED, OutcomeUnknown),
    ],
)
def test_the_error_names_the_order_and_quotes_the_vendor(
    status: int, meaning: Meaning, error: type[OrderctlError]
) -> None:
    found = error_of(Reply(status, {}, b""), verdict(meaning), REQUEST, title="OneBox", wait=None, create=True)
    assert type(found) is error
    assert found.message.startswith("create order 'R-1'")
    assert "the vendor's own" in found.message
    assert found.hint or error is not OutcomeUnknown


def test_no_error_where_it_was_done_or_accepted() -> None:
    for said in (YES, Verdict(meaning=Meaning.DONE)):
        assert error_of(Reply(201, {}, b""), said, REQUEST, title="X", wait=None, create=True) is None


def test_every_answer_has_a_class_and_an_error_unless_it_was_done() -> None:
    for status, meaning, create in itertools.product(STATUSES, Meaning, (True, False)):
        said = verdict(meaning)
        found = classify(status, said, create=create)
        error = error_of(Reply(status, {}, b""), said, REQUEST, title="X", wait=None, create=create)
        assert (error is None) == (found in {Class.DONE, Class.ACCEPTED})
        if found in {Class.UNKNOWN, Class.EXISTS} and error is not None and meaning is not Meaning.EXISTS:
            assert error.exit_code == 8


def error_for(status: int, said: Verdict, *, create: bool = False, wait: float | None = None) -> OrderctlError:
    found = error_of(Reply(status, {}, b""), said, REQUEST, title="OneBox", wait=wait, create=create)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "status,said,message",
    [
        (200, Verdict(meaning=Meaning.NO, message="no way"), "OneBox says 'no way'"),
        (200, Verdict(meaning=Meaning.NO, nonsense="the answer is no JSON"), "the answer is no JSON"),
        (200, Verdict(meaning=Meaning.NOTHING), "OneBox says neither ok nor what is wrong"),
        (418, Verdict(meaning=Meaning.NOTHING), "the vendor answered HTTP 418"),
        (503, Verdict(meaning=Meaning.DONE, message="busy"), "the vendor answered HTTP 503: busy"),
        (409, Verdict(meaning=Meaning.NOTHING), "the vendor answered HTTP 409"),
    ],
)
def test_an_unknown_outcome_says_why_and_with_which_status(status: int, said: Verdict, message: str) -> None:
    found = error_for(status, said)
    assert found.message == f"create order 'R-1': {message}; it may or may not have been applied"
    assert found.http_status == status
    assert found.hint.endswith("it is not sent again by itself; look at the vendor before you repeat it")


def test_a_busy_vendor_is_waited_for_as_long_as_it_is_known_to_need() -> None:
    said = Verdict(meaning=Meaning.NOTHING)
    assert error_for(429, said, wait=60.0).retry_after == 60.0
    asked = error_of(Reply(429, {"retry-after": "7"}, b""), said, REQUEST, title="X", wait=60.0)
    assert asked is not None
    assert asked.retry_after == 7.0


def test_what_is_made_by_a_create_only_is_asked_of_no_other_write() -> None:
    yes = Verdict(meaning=Meaning.DONE)
    assert error_of(Reply(200, {}, b""), yes, REQUEST, title="X", wait=None) is None
    assert isinstance(error_for(400, YES), OutcomeUnknown)
    assert isinstance(error_for(400, YES, create=True), OutcomeUnknown)


def test_the_first_and_the_last_status_of_each_kind() -> None:
    for status in (199, 300, 399, 408, 425, 500):
        assert classify(status, YES, create=True) is Class.UNKNOWN
        assert classify(status, verdict(Meaning.REFUSED)) is Class.UNKNOWN
    for status in (200, 299):
        assert classify(status, YES, create=True) is Class.DONE
    for status in (407, 409, 424, 426, 499):
        assert classify(status, verdict(Meaning.REFUSED), create=True) is Class.REFUSED
