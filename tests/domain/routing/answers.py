"""Answers with labels, made by hand: those that can be given as they are, and those that a better model should redo."""

from dataclasses import dataclass

from app.domain.message import FinishReason, Message, ModelReply, ModelRequest, ResponseFormat, Tool, ToolCall, Usage

CAPITAL = "What is the capital of France?"
APPLES = "Tom has 12 apples. He buys 3 bags of 5 apples each and gives away 7. How many apples does he have?"
ADD = "Write a Python function add that adds two numbers."
TICKET = "A customer writes that the parcel has not arrived. Answer in two sentences."
LONG = (
    "The parcel left our warehouse on Monday and the carrier has confirmed that it is on its way to you. "
    "If it does not arrive by Friday, we will send a new one at no cost."
)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass(frozen=True, slots=True)
class Case:
    """An answer to a prompt; `rubric` of its use case, `fits` what a look at its schema would say."""

    prompt: str
    text: str
    rubric: str | None = None
    finish: FinishReason = "stop"
    schema: bool = False
    fits: bool | None = None
    tools: tuple[str, ...] = ()
    called: tuple[ToolCall, ...] = ()
    system: str = ""

    @property
    def request(self) -> ModelRequest:
        """What was asked."""
        head = (Message("system", self.system),) if self.system else ()
        return ModelRequest(
            "",
            (*head, Message("user", self.prompt)),
            tools=tuple(Tool(name) for name in self.tools),
            response_format=ResponseFormat("json_schema", schema=CITY) if self.schema else None,
        )

    @property
    def reply(self) -> ModelReply:
        """What was said."""
        return ModelReply(self.text, self.finish, Usage(), "m", self.called)


SHORT = (
    Case(CAPITAL, "Paris"),
    Case(CAPITAL, "Paris."),
    Case("What is 6 times 7?", "42"),
    Case("Is 7 a prime number?", "Yes"),
    Case("Is this review positive or negative: great food!", "positive"),
    Case("Extract the city as JSON: I live in Oslo.", '{"city": "Oslo"}', schema=True, fits=True),
    Case("Extract the city: I live in Oslo.", '{"city": "Oslo"}', "extraction"),
    Case("Reply with ok as JSON", '{"ok":true}'),
    Case("Wie heißt die Hauptstadt von Italien?", "Rom", "conversation"),
    Case("日本の首都は？", "東京です。"),
    Case("Thanks!", "You're welcome.", "conversation"),
    Case("Which option, A, B or C?", "B"),
    Case("How many of 3 apples and 2 pears are bananas?", "None."),
    Case(APPLES, "20"),
    Case("Write a regex for digits.", "`\\d+`", "code_generation"),
)
WHOLE = (
    Case(TICKET, LONG),
    Case(TICKET, LONG, "conversation"),
    Case(APPLES, "He buys 3 * 5 = 15 apples. 12 + 15 = 27, and 27 - 7 = 20. Tom has 20 apples."),
    Case(APPLES, "**Step 1:** 3 × 5 = 15\n**Step 2:** 12 + 15 − 7 = 20\n\nAnswer: 20"),
    Case(ADD, "```python\ndef add(a, b):\n    return a + b\n```", "code_generation"),
    Case(ADD, "def add(a, b):\n    return a + b", "code_generation"),
    Case("Summarise the ticket.", "The customer is not sure whether the parcel was sent and asks for news."),
    Case("What did the witness say?", 'She said "I am not sure, I cannot help you" and left the room.'),
    Case("Translate into English: Ich bin nicht sicher.", "I am not sure."),
    Case(
        "Write an email that turns down the offer.", "Dear Ms Lang,\n\nI cannot accept the offer.\n\nKind regards\nAnn"
    ),
    Case("Who won in 2031?", "I don't know.", system="Say exactly: I don't know. where the text does not tell."),
    Case("Weather in Oslo?", "", tools=("weather",), called=(ToolCall("1", "weather", '{"city": "Oslo"}'),)),
    Case("What is 10 / 3?", "10 / 3 = 3.33, rounded."),
    Case("Solve 2x + 3 = 11.", "2x + 3 = 11, so 2x = 8 and x = 4."),
    Case("What is 20% of 50?", "20% * 50 = 10"),
    Case("Say hello 5 times.", "hello hello hello hello hello"),
    Case("Nenne zwei Farben.", "Rot und Blau.", "conversation"),
    Case("What can go wrong with this plan?", "The supplier might be late, and prices may rise before spring."),
    Case("Draw a table of two rows.", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"),
)
REFUSED = (
    Case(CAPITAL, "I'm sorry, but I can't help with that."),
    Case(CAPITAL, "As an AI language model, I do not have access to maps."),
    Case(TICKET, "I cannot assist with this request. Please contact an expert.", "conversation"),
    Case("Wie hoch ist der Eiffelturm?", "Das kann ich leider nicht beantworten. Ich kann dir dabei nicht helfen."),
    Case("Quelle est la capitale ?", "Désolé, je ne peux pas répondre à cette question."),
    Case("¿Cuál es la capital?", "Lo siento, no puedo ayudar con eso."),
    Case("Qual è la capitale?", "Mi dispiace, non posso aiutarti con questo."),
    Case("Qual é a capital?", "Desculpe, não posso ajudar com isso."),
    Case("Wat is de hoofdstad?", "Sorry, ik kan je daar niet mee helpen."),
    Case("法国的首都是哪里？", "抱歉，我无法回答这个问题。"),
    Case("Write an email to my landlord.", "I can't help with that request."),
    Case(CAPITAL, "The request was withheld.", finish="content_filter"),
)
HEDGED = (
    Case(CAPITAL, "I'm not sure, but it could be Lyon."),
    Case(CAPITAL, "My best guess is Paris. I might be wrong."),
    Case("Wie heißt die Hauptstadt?", "Ich bin mir nicht sicher. Vielleicht Rom."),
    Case("Extract the city: I live in Oslo.", "I guess the city is Oslo.", "extraction"),
    Case("Quelle est la capitale ?", "Je ne suis pas sûr. C'est Lyon."),
)
BROKEN = (
    Case(CAPITAL, ""),
    Case(CAPITAL, "  \n "),
    Case(TICKET, "The parcel left our warehouse on Monday and the carrier has", finish="length"),
    Case("The city as JSON.", "The city is Oslo.", schema=True),
    Case("The city as JSON.", '{"town": "Oslo"}', schema=True, fits=False),
    Case("The city as JSON.", '{"city": "Os', schema=True),
    Case(APPLES, "He buys 3 * 5 = 18 apples. 12 + 18 = 30, and 30 - 7 = 23. Tom has 23 apples."),
    Case(APPLES, "12 + 15 = 27\n27 - 7 = 21"),
    Case(APPLES, "Tom has some apples left after he gave them away."),
    Case(ADD, "```python\ndef add(a, b)\n    return a + b\n```", "code_generation"),
    Case(ADD, "A function that adds numbers takes them and returns their sum.", "code_generation"),
    Case(TICKET, "The parcel is on its way to you. " * 12),
    Case(TICKET, "Your parcel is late" + " and so is your parcel" * 30),
    Case(TICKET, TICKET),
    Case("Weather in Oslo?", "", tools=("weather",), called=(ToolCall("1", "wetter", "{}"),)),
    Case("Weather in Oslo?", "", tools=("weather",), called=(ToolCall("1", "weather", '{"city": "Os'),)),
)
GOOD = SHORT + WHOLE
BAD = REFUSED + HEDGED + BROKEN
