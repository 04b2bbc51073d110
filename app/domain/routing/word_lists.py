"""Words that tell of a prompt's difficulty, in English, German, French, Spanish, Italian and Portuguese.

A word of one language that is common in another with another meaning is left out: French `court` is short.
"""

from typing import Final

from app.domain.routing.words import WordList

COMPLEX: Final = WordList.of(
    """analyze, analyse, analysis, complex, detailed, comprehensive, explain, reasoning, logic, proof, prove, derive,
    theorem, algorithm, architecture, design, implementation, implement, optimize, optimise, optimal, minimize,
    maximize, compare, contrast, evaluate, critique, research, technical, mathematical, scientific, engineering,
    multi-step, step-by-step, elaborate, in-depth, justify, trade-offs, debug, refactor""",
    """analysiere, analysieren, komplex, ausführlich, umfassend, erkläre, erklären, begründe, beweis, beweise, leite
    her, algorithmus, architektur, entwirf, entwerfen, implementiere, optimiere, vergleiche, bewerte, schritt für
    schritt""",
    """analyse, analyser, complexe, détaillé, expliquer, explique, raisonnement, preuve, démontrer, démontre, théorème,
    algorithme, concevoir, optimiser, comparer, évaluer, étape par étape""",
    """analiza, analizar, complejo, detallado, explica, explicar, razonamiento, demuestra, demostrar, teorema,
    algoritmo, arquitectura, diseña, diseñar, implementar, optimizar, comparar, evaluar, paso a paso""",
    """analizza, analizzare, complesso, dettagliato, spiega, spiegare, ragionamento, dimostra, dimostrare, teorema,
    algoritmo, architettura, progetta, progettare, ottimizzare, confronta, valutare, passo dopo passo""",
    """analise, analisar, complexo, explique, raciocínio, demonstre, demonstrar, teorema, arquitetura, projete,
    otimizar, compare, avalie, passo a passo""",
)
SIMPLE: Final = WordList.of(
    """list, name, what is, define, yes or no, simple, basic, quick, brief, short, summarize, summarise, tldr, one
    sentence, one word""",
    "liste, nenne, was ist, definiere, ja oder nein, einfach, kurz, fasse zusammen, ein satz, ein wort",
    "liste, nomme, qu'est-ce que, définis, oui ou non, simple, bref, résume, une phrase, un mot",
    "lista, nombra, qué es, define, sí o no, simple, breve, corto, resumir, una frase, una palabra",
    "elenca, nomina, che cos'è, definisci, sì o no, semplice, breve, corto, riassumi, una frase, una parola",
    "lista, o que é, defina, sim ou não, simples, breve, curto, resumir, uma frase, uma palavra",
)
NEGATION: Final = WordList.of(
    """not, no, never, none, neither, nor, except, without, unless, false, incorrect, least, cannot, isn, doesn, don,
    won, aren, wasn, didn""",
    "nicht, kein, keine, nie, außer, ohne, falsch",
    "pas, jamais, aucun, aucune, sauf, sans, faux",
    "nunca, ningún, ninguna, excepto, falso",
    "non, mai, nessun, nessuna, tranne, senza",
    "não, nenhum, nenhuma, exceto, sem",
)
REASONING: Final = WordList.of(
    """why, how, if, then, therefore, because, suppose, assume, given, prove, derive, infer, conclude, imply, implies,
    hence, thus, must, would, determine, explain, likely, argument""",
    "warum, wenn, dann, deshalb, weil, angenommen, daher, folgt, muss",
    "pourquoi, comment, si, alors, donc, parce, supposons, puisque, doit",
    "cuánto, entonces, porque, supongamos, luego, debe",
    "perché, se, allora, quindi, poiché, supponiamo, deve",
    "então, portanto, porque, suponha, logo, deve",
)
MATHS: Final = WordList.of(
    """sum, product, equation, function, integral, derivative, matrix, vector, probability, percent, ratio, average,
    mean, median, variance, area, volume, radius, triangle, circle, angle, graph, root, integer, prime, factor,
    polynomial, group, ring, field, set, theorem, limit, slope, total, times, twice, half, each, per, remaining,
    rate, cost, many, much""",
    "summe, gleichung, funktion, wahrscheinlichkeit, fläche, dreieck, winkel, prozent, insgesamt, jeweils",
    "somme, équation, fonction, probabilité, aire, angle, pourcent, chaque",
    "suma, ecuación, función, probabilidad, área, triángulo, ángulo, cada",
    "somma, equazione, funzione, probabilità, triangolo, angolo, ciascuno",
    "soma, equação, função, probabilidade, triângulo, ângulo",
)
PERSONS: Final = WordList.of(
    """he, she, his, her, him, i, my, me, you, your, they, their, them, we, our, who, whose, man, woman, people,
    person, patient, plaintiff, defendant, court, boy, girl, student, friend, friends""",
    "er, sie, ich, mein, wir, unser, ihr",
    "il, elle, je, mon, nous, notre, leur",
    "él, ella, yo, mi, nosotros, nuestro, su",
    "lui, lei, io, mio, noi, nostro, loro",
    "ele, ela, eu, meu, nós, nosso, seu",
)
CODE: Final = WordList.of(
    "def, return, import, function, void, const, var, int, struct, elif, println, printf, null, lambda"
)
CLAIMS: Final = WordList.of("statement, statements, scenario, ii, iii, iv")
