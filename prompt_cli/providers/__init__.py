"""Requests to providers: the JSON bodies that their APIs take, and facts about these APIs."""
