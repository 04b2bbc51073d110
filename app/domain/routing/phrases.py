"""Turns of phrase by which an answer speaks of itself: it declines, doubts itself, or asks back. All in lower case."""

import re
from typing import Final

_DOING: Final = (  # "I cannot find an error" answers, "I cannot answer" does not
    "help|assist|provide|answer|comply|create|generate|access|fulfill?|complete|do (?:that|this)|discuss|determine|"
    "verify|browse|open|view|process|translate|write|tell|perform|engage|summari[sz]e|read|respond|calculate|solve"
)
_UNABLE: Final = r"(?:cannot|can't|can not|won't|will not|am unable to|am not able to|are unable to)"
_CANNOT: Final = rf"i (?:(?:really|simply|just|unfortunately) )?{_UNABLE}|i'm (?:unable|not able) to"
STRONG: Final = re.compile(
    r"\bas an? (?:large |ai )?(?:ai|language model|assistant)\b"
    rf"|\b(?:{_CANNOT}) (?:(?:help|assist)(?: you)? with (?:that|this|your|creating|writing)|comply|fulfill?|"
    r"create|generate|write)\b"
    r"|\bals (?:ki|sprachmodell|ki-\w+)\b|\ben tant (?:qu'ia|que modèle|qu'assistant)\b"
    r"|\bcomo (?:un )?(?:modelo de (?:lenguaje|linguagem)|ia|asistente)\b|\bcome (?:modello|ia|assistente)\b"
    r"|\bals (?:ai|taalmodel)\b|как языковая модель|作为(?:一个|一名)?(?:ai|人工智能|语言模型)"
)
REFUSAL: Final = re.compile(
    rf"{STRONG.pattern}"
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
HEDGE: Final = re.compile(
    r"\bi(?:'m| am) (?:(?:really|still|just|honestly) )?(?:not (?:(?:entirely|completely|quite|really|too|so|100%|"
    r"absolutely|at all) )?(?:sure|certain)|unsure|uncertain|(?:only )?guessing)\b"
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
HINTS: Final = tuple(_HINTED.split(","))
ASKS_BACK: Final = re.compile(  # for what belongs to the task itself: "please send us a photo" may well be an answer
    r"\bplease (?:provide|share|send|paste|give|add|upload) (?:me )?(?:with )?(?:the|your|a|more|some|any)?\s?"
    r"(?:\w+ ){0,2}(?:text|code|question|document|context|details|information|input|article|file|content|data|sentence|"
    r"paragraph)\b|\bplease (?:specify|clarify)\b"
    r"|\b(?:could|can|would) you (?:please )?(?:specify|clarify|tell me|rephrase|elaborate)\b"
    r"|\bi (?:would )?need (?:more|some more|further) (?:information|context|details)\b"
    r"|\bi didn't (?:catch|understand)\b"
    r"|\bbitte (?:\w+ ){0,3}(?:text|code|frage|dokument|angaben|informationen) (?:\w+ ){0,2}"
    r"(?:an|ein|mit|senden|schicken)\b"
    r"|\b(?:pourriez-vous|pouvez-vous|veuillez) (?:me )?(?:préciser|fournir (?:le texte|plus))\b"
    r"|\b(?:podrías?|puedes?|por favor,?) (?:me )?(?:especific\w+|aclar\w+|proporcion\w+ (?:el texto|más))\b"
)
VOICED: Final = re.compile(  # what is written then speaks in somebody else's voice
    r"\b(?:translat\w*|rewrite|rephrase|paraphras\w*|proofread|e-?mails?|letter|story|dialogue|poem|lyrics|speech|"
    r"role-?play|pretend|imagine|quote|transcri\w+|übersetz\w*|schreib\w*|traduis\w*|traduire|traduc\w*|tradu[cz]\w*|"
    r"vertaal\w*|persona|act as)\b|\A\s*you are\b",
    re.IGNORECASE,
)
QUOTED: Final = re.compile(
    r"\"[^\"\n]{1,400}\"|“[^”\n]{1,400}”|„[^“”\n]{1,400}[“”]|«[^»\n]{1,400}»|^>.*$", re.MULTILINE
)
BUT: Final = re.compile(r"\b(?:but|however|instead|aber|mais|pero|però|mas|maar)\b|但|ただ")
