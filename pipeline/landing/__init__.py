"""Landing: every input row goes to raw/ or to quarantine/, and a batch lands whole or not at all."""
