"""Small words that hold sentences together tell which language they are of, and prose from lists of keywords."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LISTS: Final = {
    "en": "the a an and or but of to in on at by for with from as is are was were be been it its this that these those "
    "which who what how when where why not no do does did can could will would should may might must has have had i "
    "you he she we they my your our their his her me us them there here so if then than into about over also any all "
    "each more most some such only very just because while since after before between through",
    "de": "der die das und oder aber nicht ist sind war ein eine einen einem einer zu von mit auf für im den dem des "
    "sich auch es ich sie wir wie dass wird bei aus nach über kann noch nur um durch",
    "fr": "le la les et ou un une des du de que qui est sont dans pour pas avec sur ce cette il elle nous vous je au "
    "aux par plus en sa son ses ne se",
    "es": "el la los las y o un una de del que en es son para con por no se su como más lo al pero está muy sus este "
    "esta",
    "it": "il lo la gli le di che è sono per con una un non si del della nel anche come più da in questo questa dei",
    "pt": "o os as e de que é são para com uma um não se do da em como mais no na dos das por seu sua",
    "nl": "de het een en van in is zijn op te met voor niet dat die aan er ook bij door naar deze wordt worden maar",
}
BY_LANGUAGE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {language: frozenset(words.split()) for language, words in _LISTS.items()}
)
ALL: Final = frozenset().union(*BY_LANGUAGE.values())
_ORDERS: Final = (
    "write please explain describe list give tell make create summarise summarize answer question provide short brief "
    "following text words sentences points help need want use using"
)
ORDERS: Final = frozenset(_ORDERS.split())  # what a prompt asks for in any matter at all
