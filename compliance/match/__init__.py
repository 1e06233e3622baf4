"""Which supplier, if any, is this vendor, and how do we know?"""

from compliance.match.matching import Matches, match_vendors
from compliance.match.settings import Settings, read_settings

__all__ = ["Matches", "Settings", "match_vendors", "read_settings"]
