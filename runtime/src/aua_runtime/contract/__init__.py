"""Names and shapes that compiler and runtime share. No third-party imports here."""
