"""How people come in: not by themselves. Two people make an account for a third (see grants)."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignUp(DefaultAccountAdapter):
    """allauth's ways in and out, without the one by which strangers would register."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
