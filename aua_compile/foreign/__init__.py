"""Configs of the public package adaptive-utility-agent (`aua_config.yaml`), read and written anew in our language.

Facts about that package were taken from its releases 1.0.0 to 1.2.0: which keys it accepts, what it takes an absent one for, and what it
does with each. Files of its earlier versions 0.5 to 0.9 hold a part of the same keys.
"""
