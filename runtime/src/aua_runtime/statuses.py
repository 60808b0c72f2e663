"""HTTP statuses that decide something here."""

OK = 200
UNAUTHORIZED = 401
METHOD_NOT_ALLOWED = 405
SERVER_ERROR = 500
