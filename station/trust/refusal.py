"""The one set of words for why something is refused, whatever it was and whoever refused it."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a code, an order, a document or a message is refused. The words go into events: they are never renamed."""

    # It cannot be read.
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    UNKNOWN_SCHEME = "unknown_scheme"
    BAD_BASE45 = "bad_base45"
    BAD_CBOR = "bad_cbor"
    BAD_JSON = "bad_json"
    NOT_CANONICAL = "not_canonical"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"

    # Nobody who may say so has signed it.
    UNSIGNED = "unsigned"
    FORGED = "forged"  # a message's signature; a token's is BAD_SIGNATURE
    UNKNOWN_KEY = "unknown_key"
    WRONG_ALGORITHM = "wrong_algorithm"
    WRONG_PURPOSE = "wrong_purpose"
    KEY_NOT_YET_VALID = "key_not_yet_valid"
    KEY_EXPIRED = "key_expired"
    ISSUED_BEFORE_MINIMUM = "issued_before_minimum"
    BAD_SIGNATURE = "bad_signature"

    # It was meant for somewhere else.
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_STATION = "wrong_station"
    WRONG_SCREEN = "wrong_screen"
    WRONG_SERVICE = "wrong_service"
    WRONG_ACTION = "wrong_action"
    WRONG_ROLE = "wrong_role"
    WRONG_NAME = "wrong_name"
    ONE_TIME_FOR_GROUP = "one_time_for_group"

    # It was meant for another time, or was withdrawn.
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOCK_UNKNOWN = "clock_unknown"
    OUTSIDE_HOURS = "outside_hours"
    HOLD_TOO_LONG = "hold_too_long"
    RETAINED = "retained"

    # It was used before, or is not fresh.
    STALE_STEP = "stale_step"
    REPEATED_STEP = "repeated_step"
    UNKNOWN_NONCE = "unknown_nonce"
    NONCE_EXPIRED = "nonce_expired"
    NONCE_EXHAUSTED = "nonce_exhausted"
    ORDER_USED = "order_used"
    ALREADY_USED = "already_used"
    ISSUED_BEFORE_AMNESIA = "issued_before_amnesia"

    # A service cannot give it now.
    NOTHING_FREE = "nothing_free"
    NOTHING_HELD = "nothing_held"
    IN_USE = "in_use"
    TOO_MANY = "too_many"
    WRONG_CODE = "wrong_code"
    CODE_BLOCKED = "code_blocked"
    SOLD_OUT = "sold_out"
    NO_POINTS = "no_points"
    NO_POWER = "no_power"
    NO_WATER = "no_water"
    ON_BATTERY = "on_battery"

    # The station itself cannot tell.
    NO_RING = "no_ring"
    VERSION_TOO_OLD = "version_too_old"
    REVOCATIONS_TOO_OLD = "revocations_too_old"
    FLOORS_UNCONFIRMED = "floors_unconfirmed"
    UNRECORDED = "unrecorded"
    HOLDINGS_UNKNOWN = "holdings_unknown"
    OUT_OF_ORDER = "out_of_order"


class Refused(Exception):
    """Something is refused. `detail` is for the technician and never holds the raw token, a secret or a nonce."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
