"""Accounts of the desk on both databases: the last owner, links and codes that two want at once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy.orm import Session

from service.actions import admins as acts
from service.actions.admins import AccountError, NewPasskey
from service.bootstrap import Service
from service.domain.roles import Role
from service.store import admin_sessions, admins
from service.store.account_tables import Admin, AdminSession

Act = Callable[[Session], None]
KEY = NewPasskey(b"credential", b"public", 0, "single_device", backup_state=False)


def invited(service: Service, name: str, role: Role) -> tuple[int, str]:
    """An account and the token of its link."""
    with service.write() as session:
        admin, token = acts.invite(session, f"{name}@example.org", role=role, wall=service.wall())
        return admin.id, token


def role_of(service: Service, admin_id: int) -> str | None:
    """The role of an account, if it is there."""
    with service.read() as session:
        admin = session.get(Admin, admin_id)
        return admin.role if admin else None


def test_one_address_has_one_account_however_it_is_spelled(bare_service: Service) -> None:
    invited(bare_service, "ada", Role.OWNER)
    with pytest.raises(AccountError, match="already"), bare_service.write() as session:
        acts.invite(session, " ADA@Example.org", role=Role.EDITOR, wall=bare_service.wall())


def test_the_last_owner_can_neither_go_nor_become_less(bare_service: Service) -> None:
    ada, _ = invited(bare_service, "ada", Role.OWNER)
    invited(bare_service, "bo", Role.EDITOR)
    less: list[Act] = [
        lambda session: acts.remove(session, ada),
        lambda session: acts.change_role(session, ada, Role.EDITOR),
    ]
    for act in less:
        with pytest.raises(AccountError, match="last owner"), bare_service.write() as session:
            act(session)
    assert role_of(bare_service, ada) == Role.OWNER


def test_two_owners_who_remove_each_other_at_once_do_not_leave_nobody(bare_service: Service) -> None:
    people = [invited(bare_service, name, Role.OWNER)[0] for name in ("ada", "bo")]
    together, refused = Barrier(2), []

    def remove(admin_id: int) -> None:
        together.wait(10)
        try:
            with bare_service.write() as session:
                acts.remove(session, admin_id)
        except AccountError as error:
            refused.append(str(error))

    threads = [Thread(target=remove, args=(admin_id,)) for admin_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert [role_of(bare_service, admin_id) for admin_id in people].count(Role.OWNER) == 1


def test_a_link_that_two_use_at_once_lets_one_in(bare_service: Service) -> None:
    _, token = invited(bare_service, "ada", Role.OWNER)
    together, let_in = Barrier(2), []

    def use(password: str) -> None:
        together.wait(10)
        with bare_service.write() as session:
            used = acts.accept(session, token, password=password, name="Ada", zone="Etc/UTC", wall=bare_service.wall())
            let_in.append(password if used else None)

    threads = [Thread(target=use, args=(password,)) for password in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    [winner] = [password for password in let_in if password]
    with bare_service.read() as session:
        assert [admin.password for admin in admins.everybody(session)] == [winner]


def test_a_second_link_ends_the_first(bare_service: Service) -> None:
    ada, first = invited(bare_service, "ada", Role.OWNER)
    with bare_service.write() as session:
        _, second = acts.renew(session, ada, wall=bare_service.wall())
    with bare_service.read() as session:
        assert acts.open_link(session, first, wall=bare_service.wall()) is None
        assert acts.open_link(session, second, wall=bare_service.wall()) is not None
        assert acts.open_link(session, second, wall=bare_service.wall() + timedelta(days=1)) is None


def test_a_code_of_a_half_minute_is_taken_once_and_none_before_it(bare_service: Service) -> None:
    ada, _ = invited(bare_service, "ada", Role.OWNER)
    taken = []
    for counter in (100, 100, 99, 101):
        with bare_service.write() as session:
            taken.append(admins.take_counter(session, ada, counter))
    assert taken == [True, False, False, True]


def test_the_last_second_step_stays_but_in_the_demo(bare_service: Service) -> None:
    ada, _ = invited(bare_service, "ada", Role.OWNER)
    with bare_service.write() as session:
        passkey = acts.add_passkey(session, ada, " My   laptop ", KEY, wall=bare_service.wall()).id
        with pytest.raises(AccountError, match="on the list already"):
            acts.add_passkey(session, ada, "again", KEY, wall=bare_service.wall())
    with pytest.raises(AccountError, match="only second step"), bare_service.write() as session:
        acts.take_away_passkey(session, ada, passkey, must_keep_one=True)
    with bare_service.write() as session:
        acts.set_codes_app(session, ada, "secret", counter=1)
        acts.take_away_passkey(session, ada, passkey, must_keep_one=True)
    with pytest.raises(AccountError, match="only second step"), bare_service.write() as session:
        acts.take_away_codes_app(session, ada, must_keep_one=True)
    with bare_service.write() as session:
        acts.take_away_codes_app(session, ada, must_keep_one=False)


def test_nobody_reaches_somebody_elses_passkey(bare_service: Service) -> None:
    ada, _ = invited(bare_service, "ada", Role.OWNER)
    bo, _ = invited(bare_service, "bo", Role.EDITOR)
    with bare_service.write() as session:
        passkey = acts.add_passkey(session, ada, "", KEY, wall=bare_service.wall()).id
    foreign: list[Act] = [
        lambda session: acts.name_passkey(session, bo, passkey, "mine"),
        lambda session: acts.take_away_passkey(session, bo, passkey, must_keep_one=False),
    ]
    for act in foreign:
        with pytest.raises(AccountError, match="no longer there"), bare_service.write() as session:
            act(session)


def test_removing_an_account_leaves_nothing_of_it(bare_service: Service) -> None:
    invited(bare_service, "ada", Role.OWNER)
    bo, _ = invited(bare_service, "bo", Role.EDITOR)
    wall = bare_service.wall()
    with bare_service.write() as session:
        acts.add_passkey(session, bo, "", KEY, wall=wall)
        session.add(AdminSession(token_hash="0" * 64, admin_id=bo, created_at=wall, seen_at=wall, data={}))
    with bare_service.write() as session:
        acts.remove(session, bo)
    with bare_service.read() as session:
        assert [admin.email for admin in admins.everybody(session)] == ["ada@example.org"]
        assert (admins.passkeys(session, bo), admin_sessions.of_admin(session, bo, wall=wall)) == ([], [])
