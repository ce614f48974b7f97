"""Landing: every input row goes to raw/ or to quarantine/; a batch lands whole or not at all."""
