"""Jobs: submitted with what they belong to, claimed by workers of any process, tried until they succeed or are dead."""
