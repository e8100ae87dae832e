"""What riders and fleet contacts ask, and what the support assistant does about it."""

from __future__ import annotations

from dataclasses import dataclass

TENANTS = (
    ("Aldermoor Clinics", "Total", "English"),
    ("Weser Logistik", "Plus", "German"),
    ("Stadswerk Drenthe", "Basic", "Dutch"),
    ("Moravia Glass", "Plus", "Czech"),
)
"""Employers: name, plan, usual language."""


@dataclass(frozen=True)
class Step:
    """One call: what came in (nothing after a tool result), what the model said, which tool it used."""

    asked: str
    said: str
    call: str = ""
    given: tuple[tuple[str, str], ...] = ()
    result: str = ""


FOUND = (
    "contract {contract}; plan Plus; bicycle EC2, frame ...7K4Q; start 2025-03-01, end 2028-02-29; "
    "last inspection 2025-11-28; wear allowance left 96 of 150; open cases: none"
)
LOOKUP = (("reference", "{contract}"),)

TALKS: tuple[tuple[Step, ...], ...] = (
    (
        Step("Hi, my rear brake squeals and the lever comes quite far. Contract {contract}.",
             "Please do not ride it until somebody has looked at it: a lever that travels far can fail. Let me look at your contract.",
             "find_contract", LOOKUP, FOUND),
        Step("", "I found it. Which town should the workshop be in, and from which day can you bring the bicycle?"),
        Step("Halle, from Thursday on.", "I am looking for the earliest slots from Thursday.", "find_slots",
             (("contract", "{contract}"), ("kind", "repair"), ("place", "Halle"), ("not_before", "2026-11-12")),
             "s-4411 workshop 11 Thu 09:00; s-4415 workshop 11 Thu 14:00; s-4502 workshop 04 Fri 08:30"),
        Step("", "Workshop 11 has Thursday at 9 or 14, workshop 04 has Friday at 8:30. Which one suits you?"),
        Step("Thursday 14 please", "I am booking Thursday at 14.", "book_slot",
             (("contract", "{contract}"), ("slot", "s-4415")), "booked: s-4415, confirmation W-88213"),
        Step("", "Booked: workshop 11, Thursday at 14, confirmation W-88213. Repair of worn pads is covered by your allowance; please walk the bicycle there."),
    ),
    (
        Step("My bike was stolen last night in front of the station!! contract {contract}",
             "I am sorry. Is everybody unharmed? If so, please report it to the police within 48 hours; I am opening the contract meanwhile.",
             "find_contract", LOOKUP, FOUND),
        Step("", "I have the contract. Please send the report number, the place and time, the kind of lock, and a photo of its receipt or key."),
        Step("Police number 4410/2026/118. Station square, between 22 and 6. Class 12 folding lock, photo is attached.",
             "Thank you, that is all I need. I am opening the case.", "open_case",
             (("contract", "{contract}"), ("kind", "theft"), ("summary", "Stolen overnight at the station square, class 12 lock, police report on file."), ("priority", "2")),
             "case T-30918, handler team 2"),
        Step("", "Case T-30918 is open. With a class 12 lock there is no excess. A person will answer within 4 hours; keep both keys."),
        Step("do i keep paying the rate now?", "The rate pauses from the day of the police report until the case is decided; if the bicycle is found, it starts again with the handover. You get both dates by letter."),
    ),
    (
        Step("Good morning, I look after the fleet here. Which of our contracts end in the next six months?",
             "I can list contracts with number, bicycle and end date. About how many bicycles are in your fleet?"),
        Step("around 140", "That may be more than 20 contracts, so the back office sends a file. I am opening the case.", "open_case",
             (("contract", "{contract}"), ("kind", "report"), ("summary", "Fleet contact asks for contracts that end within six months, as a file."), ("priority", "3")),
             "case R-11207, back office"),
        Step("", "Case R-11207 is open; the file arrives within one working day."),
        Step("Could we also move everybody to the Total plan from December?", "A plan for a group changes on the first of the month after next at the earliest, so 1 January. Shall I hand this over to your account desk?"),
        Step("yes please", "I am handing it over.", "hand_over", (("reason", "Fleet contact wants the whole group on plan Total from 1 January."), ("plan", "Plus")), "accepted, desk 3"),
        Step("", "Done. Desk 3 will write to you within 4 hours with the new rates."),
    ),
    (
        Step("display shows E512 since this morning, {contract}", "E512 is a software fault of the drive unit. I am looking at your contract.", "find_contract", LOOKUP, FOUND),
        Step("", "It needs a workshop with the diagnosis mark. You may ride without support. Which town?"),
        Step("Groningen", "One moment.", "find_slots",
             (("contract", "{contract}"), ("kind", "software"), ("place", "Groningen"), ("not_before", "2026-11-10")),
             "s-5120 workshop 17 Wed 10:00; s-5133 workshop 23 Fri 11:30"),
        Step("", "Workshop 17 on Wednesday at 10, or workshop 23 on Friday at 11:30?"),
    ),
    (
        Step("I am leaving my company in January, can I return the bike early?", "Yes, from month 13 of the contract when employment ends; the fee is two monthly rates. Tell me the contract number and I check the month."),
        Step("{contract}", "I am looking it up.", "find_contract", LOOKUP, FOUND),
        Step("", "You are in month 21, so an early return in January is possible with a fee of two monthly rates."),
        Step("And if I would rather buy it?", "An offer to buy comes only at the regular end, by letter 60 days before. If your new employer works with us, the contract can move there instead. Shall I ask?"),
        Step("ok ask them, it is Aldermoor", "I am handing this over to the contract desk.", "hand_over", (("reason", "Rider moves to a new employer in January and wants to take the contract along."), ("plan", "Plus")), "accepted, desk 1"),
        Step("", "Desk 1 will answer within 4 hours. Until then nothing changes in your contract."),
    ),
)  # fmt: skip
"""Five kinds of conversation; sessions take them in turn."""
