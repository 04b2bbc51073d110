"""Answers that were written after the rules of confidence and scored before any of those was changed for them."""

from tests.domain.routing.answers import Case

PENS = "If 5 pens cost $8.50, how much do 3 pens cost?"
TRAIN = "A train goes 120 km in 1.5 hours. How fast is it?"
LEGS = "How many legs do 3 spiders and 2 ants have?"
CONTRACT = "Erkläre kurz, was ein Vertrag ist."
USERS = "Give me a SQL query for all users older than 30."

LATER_GOOD = (
    Case(
        "Summarise: The meeting was moved to Tuesday because the room is taken.",
        "The meeting moved to Tuesday; the room was unavailable.",
    ),
    Case(
        "What does HTTP 404 mean?",
        "It means the server could not find the page or resource you asked for. Check the address for typos.",
    ),
    Case(
        "Fix the bug: for i in range(10) print(i)",
        "```python\nfor i in range(10):\n    print(i)\n```\nThe colon was missing.",
    ),
    Case(
        "How do I revert a git commit?",
        "Run:\n\n```bash\ngit revert <commit>\n```\n\nThis makes a new commit that undoes it.",
    ),
    Case(TRAIN, "Speed = distance / time = 120 / 1.5 = 80 km/h."),
    Case(PENS, "One pen costs $8.50 / 5 = $1.70. Three pens cost 3 * $1.70 = $5.10."),
    Case("List three fruits.", "1. Apple\n2. Banana\n3. Cherry"),
    Case("Is it safe to mix bleach and ammonia?", "No. It releases toxic chloramine gas."),
    Case(
        "Was ist der Unterschied zwischen dass und das?",
        "„Das“ ist ein Artikel oder Pronomen, „dass“ leitet einen Nebensatz ein.",
    ),
    Case(
        "Rate this lead from 0 to 100: budget 50k, decision in March.",
        "Score: 78/100. The budget is confirmed and the decision is near.",
    ),
    Case(
        "Should I buy or rent?",
        "It depends on how long you stay: below five years renting is often cheaper; beyond that, buying may pay off.",
    ),
    Case(
        "Explain recursion simply.",
        "A function that calls itself on a smaller part of the problem until nothing is left to do.",
    ),
    Case("Write a haiku about rain.", "Soft rain on the roof\nthe garden holds its breath and\nthen begins to drink"),
    Case("Convert 10 miles to km.", "10 miles * 1.609 = 16.09 km"),
    Case("Wer schrieb Faust?", "Johann Wolfgang von Goethe."),
    Case(USERS, "SELECT * FROM users WHERE age > 30;", "code_generation"),
    Case(
        "What are common side effects of ibuprofen?",
        "Nausea, heartburn and dizziness are common. I'm not a doctor, so please ask yours if they last.",
    ),
    Case(
        "Where is my order 5512?",
        "I do not have access to live tracking, but you can see it under Account > Orders.",
        "conversation",
    ),
    Case("Choose: A) 3 B) 4. What is 2+2?", "B) 4"),
    Case("Translate to French: I can't help you.", "Je ne peux pas vous aider."),
    Case(
        "What did Socrates say about knowledge?",
        'He is said to have held that he knew nothing: "I know that I know nothing."',
    ),
    Case("Compute 17 * 23.", "17 * 23 = 391"),
    Case(CONTRACT, "Ein Vertrag ist eine Einigung von mindestens zwei Personen, die rechtlich bindet."),
    Case("Name the largest planet.", "Jupiter"),
    Case(LEGS, "3 spiders have 3 × 8 = 24 legs and 2 ants have 2 × 6 = 12, so 24 + 12 = 36."),
)
LATER_BAD = (
    Case("Summarise the text.", "Please provide the text you would like me to summarise."),
    Case("What is the tallest mountain in Peru?", "I'm really not certain, but it might be Huascarán."),
    Case("Compute 17 * 23.", "17 * 23 = 401"),
    Case(TRAIN, "Speed = 120 / 1.5 = 90 km/h."),
    Case(USERS, "Sure, I can help with that. What database do you use?", "code_generation"),
    Case("Explain recursion.", "Recursion is when a function calls itself" + " and then it calls itself" * 7),
    Case("Write the function.", "def f(x:\n  return x", "code_generation"),
    Case("Translate to French: Good morning", "I apologize, but I am unable to fulfill this request."),
    Case("Who is the CEO of Acme?", "I don't have enough information to answer that."),
    Case("Wie spät ist es in Tokio?", "Als KI-Modell habe ich keinen Zugriff auf die Uhrzeit."),
    Case(
        "Explain the contract.",
        "The contract states that the tenant must pay the rent by the third working day of each",
    ),
    Case(
        CONTRACT,
        "A contract is an agreement between two people that is binding under the law of the land.",
        "conversation",
    ),
    Case("Name three risks.", "1. Cost\n2."),
    Case(PENS, "Three pens cost less than five pens do."),
    Case("Return JSON with name and age for: Ann, 31.", "Name: Ann, Age: 31", "extraction"),
    Case("What is the capital of Australia?", "Sydney"),
    Case(LEGS, "30"),
    Case("Describe the sea.", "n/a"),
    Case("Who wrote Faust?", "Sorry, I didn't catch that."),
    Case("What is 2+2?", "..."),
)
