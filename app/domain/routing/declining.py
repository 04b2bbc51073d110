"""A refusal or a hedge counts where the answer speaks of itself: what the customer is unsure of is no hedge."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.routing.doubt import Doubt

_OPENING: Final = 3  # sentences in which a refusal stands
_AND_YET: Final = 80  # words beside the refusal from which on something is said all the same
_HELD_AGAINST: Final = 2.0  # one hedge in two sentences is as bad as one in each
_DOING: Final = (  # "I cannot find an error" answers, "I cannot answer" does not
    "help|assist|provide|answer|comply|create|generate|access|fulfill?|complete|do (?:that|this)|discuss|determine|"
    "verify|browse|open|view|process|translate|write|tell|perform|engage|summari[sz]e|read|respond|calculate|solve"
)
_UNABLE: Final = r"(?:cannot|can't|can not|won't|will not|am unable to|am not able to|are unable to)"
_CANNOT: Final = rf"i (?:(?:really|simply|just|unfortunately) )?{_UNABLE}|i'm (?:unable|not able) to"
_STRONG: Final = re.compile(
    r"\bas an? (?:large |ai )?(?:ai|language model|assistant)\b"
    rf"|\b(?:{_CANNOT}) (?:(?:help|assist)(?: you)? with (?:that|this|your|creating|writing)|comply|fulfill?|"
    r"create|generate|write)\b"
    r"|\bals (?:ki|sprachmodell|ki-\w+)\b|\ben tant (?:qu'ia|que modèle|qu'assistant)\b"
    r"|\bcomo (?:un )?(?:modelo de (?:lenguaje|linguagem)|ia|asistente)\b|\bcome (?:modello|ia|assistente)\b"
    r"|\bals (?:ai|taalmodel)\b|как языковая модель|作为(?:一个|一名)?(?:ai|人工智能|语言模型)"
)
_REFUSAL: Final = re.compile(
    rf"{_STRONG.pattern}"
    rf"|\b(?:{_CANNOT}) (?:{_DOING})\b|\bwe {_UNABLE} (?:help|assist|answer)\b"
    r"|\bi (?:don't|do not) know\b(?! of\b| any\b)"
    r"|\bi (?:don't|do not) have (?:access|enough|sufficient|the ability|any information|real-time)\b"
    r"|^(?:sorry, )?(?:unable to (?:answer|determine|help|comply)"
    r"|(?:there is )?(?:insufficient|not enough) information)\b"
    r"|\b(?:ich|wir) (?:kann|können|darf|werde)\b[^.!?]{0,50}\bnicht\b[^.!?]{0,20}\b(?:helfen|weiterhelfen|beantworten|"
    r"ausführen|bereitstellen|erstellen|sagen|bestimmen|zugreifen|erfüllen|übersetzen|schreiben|öffnen|entsprechen)\b"
    r"|\b(?:das weiß ich|ich weiß (?:es |das )?)(?:leider )?nicht\b"
    r"|\bje ne (?:peux|pourrai) (?:malheureusement )?pas\b|\bje ne suis pas en mesure\b|\bje ne sais pas\b"
    r"|\bno (?:puedo|podemos) (?:ayudar|responder|proporcionar|cumplir|completar|acceder|determinar|crear|generar)"
    r"|\bno (?:lo )?sé\b(?! (?:si|que|cuánto))"
    r"|\bnon (?:posso|sono in grado di) (?:aiutar|rispond|fornir|complet|acceder|crear|generar)|\bnon lo so\b"
    r"|\bnão (?:posso|consigo) (?:ajudar|responder|fornecer|completar|acessar|criar|gerar)|\bnão sei\b"
    r"|\bik kan (?:[^.!?]{1,30} )?niet (?:\w+ )?(?:helpen|beantwoorden|geven|voldoen)|\bik weet het niet\b"
    r"|я не могу (?:помочь|ответить|предоставить|выполнить)|я не знаю"
    r"|我(?:无法|不能)(?:回答|帮助|提供|协助|完成)|我不知道|お(?:手伝い|答え)(?:でき|することができ)(?:ません|ない)|"
    r"(?:わかり|分かり)ません"
)
_HEDGE: Final = re.compile(
    r"\bi(?:'m| am) (?:not (?:(?:entirely|completely|quite|really|too|so|100%|absolutely) )?(?:sure|certain)|unsure|"
    r"uncertain|(?:only |just )?guessing)\b"
    r"|\bi (?:guess|suppose|(?:can't|cannot) be (?:sure|certain)|(?:might|may|could) be (?:wrong|mistaken))\b"
    r"|\bmy (?:best )?guess\b|\bif i (?:remember|recall) (?:correctly|right)\b|\bdon't quote me\b"
    r"|\bit(?:'s| is) (?:hard|difficult|impossible) (?:for me )?to (?:say|tell|know)\b"
    r"|\b(?:please|you should) (?:verify|double-check) (?:this|these|it|my|the answer)\b"
    r"|\bich bin (?:mir )?(?:nicht (?:ganz )?sicher|unsicher)\b|\bich (?:vermute|rate)\b|\bschwer zu sagen\b"
    r"|\bje ne suis pas (?:tout à fait |vraiment )?(?:sûre?|certaine?)\b|\bje suppose\b|\bdifficile à dire\b"
    r"|\bno estoy (?:del todo )?segur[oa]\b|\bsupongo\b|\bes difícil (?:de )?decir\b"
    r"|\bnon (?:ne )?sono (?:del tutto )?sicur[oa]\b|\bsuppongo\b|\bdifficile dirlo\b"
    r"|\bnão tenho (?:a )?certeza\b|\bnão estou (?:totalmente )?cert[oa]\b|\bacho que\b"
    r"|\bik (?:weet het niet zeker|ben (?:er )?niet zeker)\b"
    r"|я не уверен|我不(?:太)?确定|(?:確信|自信)が(?:あり|持て)ません"
)
_HINTED: Final = (  # each hedge holds one of them; a look for them costs less than the expression
    "sure,certain,guess,suppose,be wrong,mistaken,remember,recall,quote me,to say,to tell,to know,verify,double-check,"
    "sicher,vermute,ich rate,zu sagen,sûr,à dire,segur,supongo,decir,sicur,suppongo,dirlo,cert,acho,zeker,уверен,确定,"
    "確信,自信"
)
_HINTS: Final = tuple(_HINTED.split(","))
_VOICED: Final = re.compile(  # what is written then speaks in somebody else's voice
    r"\b(?:translat\w*|rewrite|rephrase|paraphras\w*|proofread|e-?mails?|letter|story|dialogue|poem|lyrics|speech|"
    r"role-?play|pretend|imagine|quote|transcri\w+|übersetz\w*|schreib\w*|traduis\w*|traduire|traduc\w*|tradu[cz]\w*|"
    r"vertaal\w*|persona|act as|you are)\b",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(
    r"\"[^\"\n]{1,400}\"|“[^”\n]{1,400}”|„[^“”\n]{1,400}[“”]|«[^»\n]{1,400}»|^>.*$", re.MULTILINE
)
_BUT: Final = re.compile(r"\b(?:but|however|instead|aber|mais|pero|però|mas|maar)\b|但|ただ")
_ENDING: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")


def declining(prose: str, prompt: str, *, asked: str) -> Iterator[Doubt]:
    """Doubts of an answer's prose (its code left out); `asked` is the user's last turn, `prompt` all that was said.

    What is quoted does not count, nor a phrase that the prompt itself holds: "say I don't know where you do not".
    Where a text in somebody's voice was asked for only refusals of the task itself count.
    """
    sentences = [each for each in _ENDING.split(_plain(_QUOTED.sub("", prose))) if each.strip()]
    known, voiced = _plain(prompt), bool(_VOICED.search(asked))
    pattern = _STRONG if voiced else _REFUSAL
    refusing = [each for each in sentences[:_OPENING] if _counts(pattern, each, known)]
    if refusing:
        beside = sum(len(each.split()) for each in sentences) - sum(len(each.split()) for each in refusing)
        yet = beside >= _AND_YET or all(_goes_on(pattern, each) for each in refusing)
        yield Doubt("refusal", 0.5 if yet else 1.0, "declines to answer")
    hinted = () if voiced else [each for each in sentences if any(hint in each for hint in _HINTS)]
    hedging = [each for each in hinted if _counts(_HEDGE, each, known)]
    if hedging:
        why = f"{len(hedging)} of {len(sentences)} sentences doubt the answer themselves"
        yield Doubt("hedge", min(1.0, _HELD_AGAINST * len(hedging) / len(sentences)), why)


def _counts(pattern: re.Pattern[str], sentence: str, prompt: str) -> bool:
    found = pattern.search(sentence)
    return found is not None and found[0] not in prompt


def _goes_on(pattern: re.Pattern[str], sentence: str) -> bool:
    """Whether the sentence that declines goes on with what can be said instead."""
    found = pattern.search(sentence)
    return found is not None and _BUT.search(sentence, found.end()) is not None


def _plain(text: str) -> str:
    return text.replace("’", "'").lower()
