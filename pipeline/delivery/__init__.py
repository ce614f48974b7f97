"""Delivery: each recipient gets each report of each period once, or a person is told why not.

schedule    what is owed, from the tenants' schedules and from what the record has (pure)
states      what a delivery is called, the states it can have and the moves between them
deliveries  the record of every delivery, `state/deliveries.sqlite`
message     a report's artefacts as one e-mail, the same bytes each time
transport   the door through which a mail leaves: the file outbox (SMTP comes behind the same door)
send        puts them together
"""
