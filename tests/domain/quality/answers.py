"""A good answer for each rubric, with what was asked, and keywords that belong to it."""

from dataclasses import dataclass, field

from app.domain.quality.work import Context


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer that deserves nearly all points of its rubric."""

    rubric: str
    prompt: str
    text: str
    context: Context = field(default_factory=Context)


SITE = """## Speed
The homepage loads in 6.2 seconds because three banner images have 4 MB each, so visitors on phones leave early.
Compress the images to less than 200 KB and load the banner last.

## Message
The headline says "Solutions for tomorrow", which hides what the company sells. It should name the product.
The pricing page has no contact form, so leads are lost at the last step.

## Accessibility
The menu has a contrast of 2.1 to 1, too low for many readers. Use a darker text in the navigation.
"""
EMAIL = """Subject: A look at our planner on Tuesday

Dear John,

Thank you for asking about our planner. Acme Corp runs three shifts, and the planner shows all of them in one view.

Would you be free for a call of twenty minutes on Tuesday at 10?

Best regards,
Maria Lopez
"""
CODE = '''Here is the function:

```python
def slugify(title: str) -> str:
    """The title in lower case, with dashes between its words."""
    words = title.lower().split()
    kept = ["".join(sign for sign in word if sign.isalnum()) for word in words]
    return "-".join(word for word in kept if word)
```

It drops every sign that is no letter or digit.
'''
TALK = (
    "You can return the shoes within 30 days, also in the shop. Bring the receipt, and the money goes back to your "
    "card within a week. If you have lost the receipt, the order number from the mail is enough for a return."
)
LEAD = """Score: 84/100, a hot lead.

The company has 240 employees and opens two new plants, so the need is real. The operations head asked for prices
herself, which means that the budget is near. Their present tool ends in March, so the time is short.

Next step: call her this week.
"""
LEAD_FACTS = (
    "Score this lead from 0 to 100: a maker of furniture with 240 employees, opens two new plants, the head of "
    "operations asked for prices, the contract of the present tool ends in March."
)
SOURCE = (
    "The city council of Lund approved a new tram line on Monday. The line will connect the hospital with the "
    "northern campus and cost 780 million kronor, of which the state pays half. Construction begins in 2027 and is "
    "expected to take three years. Shop owners along the route fear that the work will keep customers away, and "
    "the council promised to pay for lost income during construction. The tram is expected to carry 25000 "
    "passengers a day, which would take many cars off the ring road. Critics say that buses would have been "
    "cheaper and faster to introduce."
)
SUMMARY = (
    "The council of Lund approved a tram line between hospital and northern campus for 780 million kronor, half "
    "paid by the state. Construction begins in 2027; shop owners along the route are promised money for lost "
    "income."
)
RECORD = '{"name": "Anna Berg", "company": "Norrskog", "phone": "0704 112233", "order": 4711}'
NOTE = (
    "Extract the fields name, company, phone and order as JSON from: Hello, this is Anna Berg of Norrskog, my "
    "order 4711 has not arrived. You reach me at 0704 112233."
)
REVIEW = """Rating: 7/10, good.

The essay argues clearly that trams reduce traffic, and its structure helps the reader. The evidence is weak, however:
the claim about cars on the ring road has no source. The tone is consistent and the style is precise.

It should cite the traffic counts of the city.
"""
REVIEWED = (
    "Assess the quality of this essay: Trams reduce traffic. In our city cars on the ring road will vanish with a tram."
)
PLANT = (
    "Plants turn light into chemical energy by photosynthesis. Chlorophyll in the leaves absorbs the light, and "
    "its energy splits water into oxygen and hydrogen.\n\nThe hydrogen is joined with carbon dioxide to make "
    "sugar, which the plant stores in its roots."
)

SAMPLES = (
    Sample("website_analysis", "Analyse the website of a maker of solar panels: homepage, pricing, speed, menu.", SITE),
    Sample(
        "email_writing",
        "Write an email to John of Acme Corp offering a call about our shift planner.",
        EMAIL,
        Context(facts={"recipient": "John", "company": "Acme Corp"}),
    ),
    Sample("code_generation", "Write a Python function slugify that turns a title into a slug.", CODE),
    Sample("conversation", "Can I return shoes that I bought in your shop when I have lost the receipt?", TALK),
    Sample("lead_scoring", LEAD_FACTS, LEAD),
    Sample(
        "summarisation", "Summarise the article in at most three sentences.", SUMMARY, Context(facts={"source": SOURCE})
    ),
    Sample("extraction", NOTE, RECORD),
    Sample("quality_assessment", REVIEWED, REVIEW),
    Sample("generic", "Explain photosynthesis: how do plants use light, water and chlorophyll?", PLANT),
)
