"""Passages of the handbook, and questions that they answer."""

from __future__ import annotations

PAGES = {
    "1.3": "[1.3, 2026-01] The first six months are the trial period. Notice in it is two weeks to any day. The contract may shorten it, never extend it; a temporary contract has half of its own length, at most six months.",
    "2.2": "[2.2, 2025-09] Core hours are 10 to 15, Monday to Thursday. On Friday there are none. Whoever is away in core hours for more than an hour enters it in the site calendar. Service hours of the hotline are 8 to 18.",
    "2.5": "[2.5, 2026-04] Overtime is ordered or approved before it is worked, and paid at 125 %, on Sundays at 150 %. It is taken as time off within three months if both sides agree. Approval by chat is enough.",
    "3.1": "[3.1, 2026-01] Annual leave is 28 days in Germany, 27 in the Netherlands and 26 in Czechia, for a five-day week. Up to five days move to the next year and lapse on 31 March, unless illness kept you from taking them.",
    "3.4": "[3.4, 2024-11] Special leave: own wedding 2 days, birth of a child 2 days, death of a close relative 2 days, moving house for work 1 day, court as a witness as long as it takes. Show a document within two weeks.",
    "4.6": "[4.6, 2026-06] Expenses are paid back with the next pay run if the receipts arrive by the 10th. Train tickets are second class below four hours. A car needs approval; 0.30 euros a kilometre. Meals follow the table of the tax office.",
    "5.2": "[5.2, 2025-03] Whoever works at a repair stand wears glasses and, for batteries, gloves of class 0. Two people are present when a damaged battery is moved. First aiders are on the list beside every door.",
    "6.1": "[6.1, 2026-02] Every member of staff has 900 euros and four days a year for learning. What is left lapses on 31 December. Courses over 900 euros are agreed with the head of the team and are paid back in part on leaving within a year.",
    "7.1": "[7.1, 2026-05] After the trial period staff may lease up to two bicycles. The company pays 20 euros a month for one of them. In unpaid leave the company's share stops; the rate is then due in full by the rider.",
    "7.4": "[7.4, 2025-10] The loan pool is free for up to 14 days a time. Cargo bicycles are booked by the day. Whoever brings a bicycle back damaged says so; nobody pays for honest damage below 150 euros.",
    "8.3": "[8.3, 2026-07] A lost device is reported to extension 4300 within one hour, day and night. It is wiped at once. Passwords are changed from another device. Nothing happens to people who report quickly.",
    "9.2": "[9.2, 2026-01] Gifts up to 35 euros a year and giver may be kept. Anything above is handed to the front desk and noted. Invitations to workshops of suppliers count as gifts when travel is paid.",
}  # fmt: skip

QUESTIONS = (
    ("Do I lose unused leave days at the end of the year?", ("3.1", "3.4"), "Up to five days move to the next year and lapse on 31 March, unless illness kept you from taking them [3.1]. The rest lapses at the end of the year [3.1].\nSources: 3.1\nSure: medium"),
    ("Can my trial period be made longer?", ("1.3", "2.2"), "No, the contract may shorten the six months but never extend them [1.3].\nSources: 1.3\nSure: high"),
    ("How is overtime on a Sunday paid?", ("2.5", "2.2"), "At 150 %, if it was ordered or approved before it was worked (company rule) [2.5].\nSources: 2.5\nSure: high"),
    ("I broke the mirror of a loan cargo bike, do I pay?", ("7.4", "7.1"), "Say so when you bring it back; nobody pays for honest damage below 150 euros [7.4].\nSources: 7.4\nSure: high"),
    ("What happens to my staff lease while I am on unpaid leave?", ("7.1", "3.4"), "The company's share stops and the rate is due in full by you [7.1].\nSources: 7.1\nSure: high"),
    ("I lost my laptop on the train. What now?", ("8.3", "4.6"), "Report it to extension 4300 within one hour, day and night; it is wiped at once [8.3]. Change your passwords from another device [8.3].\nSources: 8.3\nSure: high"),
    ("May I keep a jersey that a supplier gave me, worth about 60 euros?", ("9.2",), "No, anything above 35 euros a year and giver is handed to the front desk and noted [9.2].\nSources: 9.2\nSure: high"),
    ("Is a language course paid?", ("6.1", "4.6"), "You have 900 euros and four days a year for learning [6.1]. Above that it is agreed with the head of your team [6.1].\nSources: 6.1\nSure: medium"),
    ("Who must be there when I move a swollen battery?", ("5.2", "8.3"), "Two people are present when a damaged battery is moved, with glasses and gloves of class 0 [5.2].\nSources: 5.2\nSure: high"),
    ("Are there core hours on Friday?", ("2.2", "2.5"), "No, core hours are Monday to Thursday [2.2].\nSources: 2.2\nSure: high"),
    ("By when must receipts be in?", ("4.6",), "By the 10th, to be paid with the next pay run [4.6].\nSources: 4.6\nSure: high"),
)  # fmt: skip
"""Question, sections found, answer."""
