"""Kinds of values that keys of several sections have."""

from aua_compile.config.declare import Integer, MapOf, Pattern, Text

PORT = Integer(1, 65535)
PATH = Pattern(r"[^\x00-\x1f\\]+", "a path inside the project, with `/`")
HOST = Pattern(r"[A-Za-z0-9._:-]{1,253}|\[[0-9A-Fa-f:.]+\]", "a host name or an IP address")
URL = Pattern(r"https?://[^\s]+", "an `http://` or `https://` URL")
HEADER = Pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", "an HTTP header name")
HEADERS = MapOf(Text(), HEADER)
DECIMAL = Pattern(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?", 'a decimal number in quotes with at most 6 decimals, such as `"2.50"`')
