"""The maker of the invented municipality Hällåsjö: one file a subject."""
