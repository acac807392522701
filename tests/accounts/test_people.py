"""How people come, change and go."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts import codes
from apps.accounts.links import holds, token_in
from apps.accounts.models import BusinessUnit, User
from apps.accounts.organisation import found_organisation
from apps.accounts.reauthentication import reauthenticate
from apps.accounts.services.access import access_of, end_access, grant_access
from apps.accounts.services.own import choose_password
from apps.accounts.services.people import add_machine, change_person, deactivate, invite
from apps.accounts.services.resets import carry_out_reset, decline_reset, request_reset
from apps.accounts.services.tokens import issue_machine_token, issue_token
from apps.accounts.services.units import add_unit, change_unit
from apps.audit.models import Entry, Payload
from apps.core.errors import BadInput, Conflict, IllegalTransition, RuleViolated
from apps.inventory.models import Model
from tests.builders.accounts import bearing, enrol
from tests.builders.inventory import a_model
from tests.conftest import also


def invited(adam, now, email="nora@demo.example"):
    return invite(actor=adam, email=email, name="Nora Lund", now=now)


class TestComing:
    def test_an_account_begins_without_password_and_role(self, adam, now):
        nora, link = invited(adam, now)
        assert not nora.has_usable_password() and nora.roles == []
        choose_password(actor=nora, password="a long enough one", token=token_in(link), now=now)
        assert User.objects.get(pk=nora.pk).check_password("a long enough one")

    def test_the_ledger_knows_neither_name_nor_address(self, adam, now):
        invited(adam, now)
        assert not Payload.objects.filter(body__icontains="nora").exists()

    def test_a_link_is_good_once(self, adam, now):
        nora, link = invited(adam, now)
        choose_password(actor=nora, password="a long enough one", token=token_in(link), now=now)
        with pytest.raises(Conflict, match="used already"):
            choose_password(actor=nora, password="another long one", token=token_in(link), now=now)

    def test_a_link_is_good_for_three_days_and_for_one_person(self, adam, dmitri, now):
        nora, link = invited(adam, now)
        assert not holds(dmitri, token_in(link))
        with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
            assert not holds(nora, token_in(link))

    def test_one_address_is_one_person_however_it_is_written(self, adam, dmitri, now):
        with pytest.raises(BadInput, match="already"):
            invited(adam, now, email="DMITRI@demo.example")

    def test_only_who_keeps_people_invites(self, rosa, now):
        with pytest.raises(PermissionDenied):
            invited(rosa, now)
        assert not User.objects.filter(email="nora@demo.example").exists()


class TestGoing:
    def test_an_account_is_closed_at_once_with_its_keys(self, adam, dmitri, now):
        issue_token(actor=dmitri, now=now)
        deactivate(actor=adam, user=dmitri, reason="Left", now=now)
        assert not User.objects.get(pk=dmitri.pk).is_active
        assert not dmitri.tokens.live(now).exists()

    def test_its_sessions_end(self, client, adam, dmitri, now):
        client.force_login(dmitri)
        assert client.get("/api/v1/me/").status_code == 200
        deactivate(actor=adam, user=dmitri, reason="Left", now=now)
        assert client.get("/api/v1/me/").status_code == 401

    def test_nobody_closes_their_own(self, adam, now):
        with pytest.raises(Conflict, match="your own"):
            deactivate(actor=adam, user=adam, reason="Tired", now=now)

    def test_two_administrators_have_to_stay(self, adam, ada, dmitri, now):
        with pytest.raises(RuleViolated, match="Two administrators have to stay"):
            deactivate(actor=adam, user=ada, reason="Alone is nicer", now=now)
        assert User.objects.get(pk=ada.pk).is_active
        also(dmitri, "administrator")
        assert not deactivate(actor=adam, user=ada, reason="Left", now=now).is_active

    def test_opening_it_again_takes_two(self, adam, ada, dmitri, now):
        deactivate(actor=adam, user=dmitri, reason="Left", now=now)
        asked = request_reset(actor=adam, user=dmitri, what="account", reason="Came back", now=now)
        with pytest.raises(RuleViolated, match="requested by"):
            carry_out_reset(actor=adam, reset=asked, now=now)
        _, link = carry_out_reset(actor=ada, reset=asked, now=now)
        dmitri = User.objects.get(pk=dmitri.pk)
        assert dmitri.is_active and not dmitri.has_usable_password() and holds(dmitri, token_in(link))


class TestResets:
    def test_a_password_is_reset_by_two_and_everything_open_ends(self, client, adam, ada, dmitri, now):
        issue_token(actor=dmitri, now=now)
        client.force_login(dmitri)
        asked = request_reset(actor=adam, user=dmitri, what="password", reason="Forgotten", now=now)
        _, link = carry_out_reset(actor=ada, reset=asked, now=now)
        assert client.get("/api/v1/me/").status_code == 401
        assert not dmitri.tokens.live(now).exists()
        user = User.objects.get(pk=dmitri.pk)
        choose_password(actor=user, password="a long enough one", token=token_in(link), now=now)
        assert reauthenticate(user=User.objects.get(pk=user.pk), password="a long enough one", now=now)

    def test_the_link_is_in_no_event(self, adam, ada, dmitri, now):
        asked = request_reset(actor=adam, user=dmitri, what="password", reason="Forgotten", now=now)
        _, link = carry_out_reset(actor=ada, reset=asked, now=now)
        assert not Payload.objects.filter(body__contains=token_in(link)).exists()

    def test_a_lost_phone_is_forgotten_by_two(self, client, adam, ada, dmitri, now):
        enrol(dmitri)
        issue_token(actor=dmitri, now=now)
        client.force_login(dmitri)
        asked = request_reset(actor=adam, user=dmitri, what="second_factor", reason="Lost phone", now=now)
        assert codes.are_enrolled(dmitri)
        carry_out_reset(actor=ada, reset=asked, now=now)
        assert not codes.are_enrolled(dmitri)
        assert client.get("/api/v1/me/").status_code == 401
        assert not dmitri.tokens.live(now).exists()

    def test_nobody_resets_their_own(self, adam, ada, now):
        with pytest.raises(RuleViolated, match="their own"):
            request_reset(actor=adam, user=adam, what="password", reason="Mine", now=now)
        asked = request_reset(actor=adam, user=ada, what="password", reason="Hers", now=now)
        with pytest.raises(RuleViolated, match="You are its user"):
            carry_out_reset(actor=ada, reset=asked, now=now)

    def test_the_database_would_not_let_them_either(self, adam, dmitri, now):
        request_reset(actor=adam, user=dmitri, what="password", reason="Forgotten", now=now)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_reset SET confirmed_by_id = requested_by_id")

    def test_what_was_declined_is_over(self, adam, ada, dmitri, now):
        asked = request_reset(actor=adam, user=dmitri, what="password", reason="Forgotten", now=now)
        declined = decline_reset(actor=ada, reset=asked, reason="He remembers", now=now)
        with pytest.raises(IllegalTransition):
            carry_out_reset(actor=ada, reset=declined, now=now)

    def test_others_can_neither_ask_nor_confirm(self, rosa, adam, dmitri, now):
        with pytest.raises(PermissionDenied):
            request_reset(actor=rosa, user=dmitri, what="password", reason="Nosy", now=now)
        asked = request_reset(actor=adam, user=dmitri, what="password", reason="Forgotten", now=now)
        with pytest.raises(PermissionDenied):
            carry_out_reset(actor=rosa, reset=asked, now=now)


class TestMachines:
    def test_a_program_has_keys_but_no_password_and_no_signature(self, client, adam, dmitri, now):
        machine = add_machine(actor=adam, name="Scoring batch", answerable=dmitri, now=now)
        made = issue_machine_token(actor=adam, machine=machine, now=timezone.now())
        me = client.get("/api/v1/me/", **bearing(made.secret)).json()
        assert me["roles"] == ["machine"]
        with pytest.raises(RuleViolated, match="can't sign"):
            reauthenticate(user=machine, password="", now=now)
        asked = {"email": machine.email, "password": ""}
        assert client.post("/api/v1/tokens/", asked, content_type="application/json").status_code in (401, 422)

    def test_a_person_answers_for_it(self, adam, dmitri, now):
        machine = add_machine(actor=adam, name="Scoring batch", answerable=dmitri, now=now)
        assert list(dmitri.service_accounts.all()) == [machine]
        with pytest.raises(BadInput, match="Choose a person"):
            add_machine(actor=adam, name="Another", answerable=machine, now=now)
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=machine.pk).update(answerable=None)

    def test_a_person_s_keys_are_their_own_affair(self, adam, dmitri, now):
        with pytest.raises(RuleViolated, match="service account"):
            issue_machine_token(actor=adam, machine=dmitri, now=now)


class TestUnitsAndAccess:
    def test_units_are_made_and_renamed_with_events(self, adam, now):
        unit = add_unit(actor=adam, name="Treasury", now=now)
        change_unit(actor=adam, unit=unit, name="Treasury and markets", now=now)
        assert BusinessUnit.objects.get(pk=unit.pk).name == "Treasury and markets"
        told = Entry.objects.get(verb="accounts.unit_changed").field_changes.get(field="name")
        assert (told.before, told.after) == ("Treasury", "Treasury and markets")
        with pytest.raises(BadInput, match="already"):
            add_unit(actor=adam, name="treasury AND markets", now=now)

    def test_a_person_moves_to_another_unit(self, adam, dmitri, now):
        unit = add_unit(actor=adam, name="Treasury", now=now)
        change_person(actor=adam, user=dmitri, name="Dmitri Petrov", title="Modeller", units=[unit], now=now)
        assert [unit.name for unit in dmitri.units.all()] == ["Treasury"]

    def test_access_to_one_model_of_another_unit_comes_and_goes(self, adam, olivia, oscar, now):
        model = a_model(olivia, now)
        assert not Model.objects.visible_to(oscar).exists()
        grant_access(actor=adam, user=oscar, root_reference=model.reference, reason="Helps out", now=now)
        oscar = User.objects.get(pk=oscar.pk)
        assert Model.objects.visible_to(oscar).get() == model and access_of(oscar) == [model]
        with pytest.raises(Conflict, match="already"):
            grant_access(actor=adam, user=oscar, root_reference=model.reference, reason="Again", now=now)
        end_access(actor=adam, user=oscar, root_reference=model.reference, now=now)
        assert not Model.objects.visible_to(User.objects.get(pk=oscar.pk)).exists()

    def test_what_is_not_there_can_t_be_granted(self, adam, oscar, now):
        with pytest.raises(BadInput, match="no such model"):
            grant_access(actor=adam, user=oscar, root_reference="MDL-9999", reason="?", now=now)


class TestFounding:
    PEOPLE = [
        {"name": "Adam", "email": "adam@demo.example", "unit": "Retail", "roles": ["administrator"]},
        {"name": "Ada", "email": "ada@demo.example", "unit": "Retail", "roles": ["administrator"]},
        {"name": "Rosa", "email": "rosa@demo.example", "unit": "Retail", "title": "CRO", "roles": ["risk_officer"]},
        {"name": "Oscar", "email": "oscar@demo.example", "unit": "Markets", "roles": ["model_owner", "validator"]},
    ]

    def test_a_whole_organisation_comes_by_its_own_rules(self, db, now):
        passwords = found_organisation(people=self.PEOPLE, now=now)
        oscar = User.objects.get(email="oscar@demo.example")
        assert oscar.roles == ["model_owner", "validator"] and oscar.check_password(passwords[oscar.email])
        assert [unit.name for unit in oscar.units.all()] == ["Markets"]
        assert User.objects.get(email="rosa@demo.example").title == "CRO"
        assert Entry.objects.filter(verb="accounts.role_granted").count() == 3

    def test_one_administrator_can_t_found(self, db, now):
        with pytest.raises(RuleViolated, match="two administrators"):
            found_organisation(people=self.PEOPLE[1:], now=now)
        assert not User.objects.people().exists()

    def test_the_command_prints_two_links_once(self, db, capsys):
        people = ("Ada Mensah <ada@example.com>", "Adam Novak <adam@example.com>")
        call_command("found_administrators", *people)
        assert capsys.readouterr().out.count("/welcome/USR-") == 2
        with pytest.raises(CommandError, match="people here already"):
            call_command("found_administrators", *people)

    @pytest.mark.parametrize("bad", ["ada@example.com", "Ada", "<ada@example.com>"])
    def test_the_command_says_how_a_person_is_written(self, db, bad):
        with pytest.raises(CommandError, match="Write a person as"):
            call_command("found_administrators", bad, bad)

    def test_there_are_no_superusers(self, db):
        with pytest.raises(CommandError, match="no superusers"):
            call_command("createsuperuser")
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user("root@demo.example", name="Root", is_superuser=True)
