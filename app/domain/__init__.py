"""The domain is pure: standard library and numpy only, frozen values and functions. These are its words.

Use case    A product goal, known by `code`; declares the step codes that every flow fills; `rubric` chooses how output
            is scored.
Flow        One candidate way to the goal: steps, immutable once served (a change is a new version); carries its live
            `weight`.
Version     What a flow's steps and limits were at one time, by number, with its author.
Label       A name that stands at one version of a flow; new sessions get `live`.
Step        One model call in a flow: prompt, choice, parameters, output form.
Model       An entry of the catalogue, slug `vendor/name`: capabilities, tier, context window, dated prices. Never a
            database class.
Provider    Code that speaks to one vendor.
Choice      How a step names its model: one slug, an ordered list, a task, or auto.
Auto        A choice without a name: a strategy and limits, by which the router picks the model of each request.
Route       The router's answer to one request: ordered models, each with a reason, and what it came to.
Learner     What learns together: a use case, a task, or all direct questions.
Outcome     The quality 0…1 that one call reached, by the most trusted who said so.
Record      What each model did for a learner, by difficulty and day.
Council     Several models that answer one request at once; their answers become one.
Score       Points 0…100 of an answer by the dimensions of a rubric.
Task        A name that maps to a model at run time (`chat`, `mood_search`, …), set by environment or API.
Unit        What the hash splits on: `user_id` if given, else `correlation_id`.
Session     One conversation, keyed by use case and `correlation_id`; pins a flow until it expires.
Conversation  What was said turn by turn, kept so that each request need say only what is new.
Turn        What is said in a conversation and the answer to it: asked, answered, partial or failed.
Run         One execution of a flow, or of one of its steps, in a session: inputs, outputs, status.
Call        One attempt at one provider for one model: tokens, cost, latency, outcome. The one fact table.
Feedback    An opinion on a session or a call; always reduced to a `reward` from 0 to 1.
Evidence    Running sums of reward (and cost, latency, errors) per flow and epoch.
Experiment  A period in which one use case's weights are owned by a policy: `fixed` (an A/B test) or `progressive` (a
            rollout).
Epoch       A stretch of an experiment in which weights hold still; flows are compared inside epochs only.
Guard       What watches a flow's limits on reward, errors, latency and cost, and takes it out: an escape.
Hold-out    The part of the traffic that stays on another flow beside a winner, so that its fall shows.
Shadow      A flow that answers a part of the sessions of others too, unseen, within a budget of its own.
Arm         A flow's part in an experiment: role, start, goal; in an A/B test also its name and its units.
Metric      What an A/B test measures of a unit: which facts count, and how those of one unit become its value.
Layer       A hash of units into 10 000 slots; A/B tests in one layer take disjoint slots, so that no unit is in two.
Move        One recorded change of weights.
Comparison  Models or flows answering the same inputs outside live traffic, judged by one rule.
Candidate   Who answers in a comparison: a model, a flow, or a flow with another model.
Benchmark   A named comparison that is run again, on demand or by schedule, and held against its last run.
Batch       Many questions submitted at once as lines, each asked as a request is; what comes of them is read later.
Shipment    Lines of one model that went to its provider's own batch endpoint.
Budget      A limit of money or tokens per scope and period, with an action `alert` or `block`.
Job         Work that waits for a worker and outlives it: tried until it succeeds, or is dead.
Preset      A ready-made flow shipped as data.
"""
