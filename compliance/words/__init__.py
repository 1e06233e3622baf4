"""What does the program say to a reader, in Swedish and in English?

`Words` gives whole sentences from the catalogues beside this file and the forms of numbers, kronor,
shares and dates from `forms.py`. Knows no figure, no file of a workspace and no markup.
"""

from compliance.words.catalogue import LANGUAGES, Words, own_words

__all__ = ["LANGUAGES", "Words", "own_words"]
