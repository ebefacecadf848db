"""The commands for accounts of the desk; refuses to print a password: whoever comes sets their own."""

import click

from service.actions import admins as accounts
from service.actions import audit
from service.actions.admins import AccountError
from service.cli.door import open_service, said_plainly
from service.domain.addresses import key
from service.domain.roles import Role
from service.store import admins
from service.store.audit import Entry


@click.group("admin")
def admin_group() -> None:
    """Those who work at the desk."""


@admin_group.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="owner", show_default=True)
@click.option("--name", default="", help="What colleagues see; it can be changed.")
@click.option("--zone", default="Etc/UTC", show_default=True, help="The time zone of what they see at the desk.")
@said_plainly
def admin_add(email: str, role: str, name: str, zone: str) -> None:
    """Make an account for EMAIL and print a link that works once. For an account that is there, print a new link."""
    with open_service() as service, service.write() as session:
        wall, there = service.wall(), admins.find(session, key(email))
        if there:
            admin, token = accounts.renew(session, there.id, wall=wall)
        else:
            admin, token = accounts.invite(session, email, role=Role(role), name=name, zone=zone, wall=wall)
        what = "new link made" if there else "colleague invited"
        audit.note(session, _by_command(what, admin.id), wall=wall)
        address = f"{service.site.base_url}/admin/sign-in/link/{token}"
        begun = bool(there and there.confirmed_at)
    click.echo(f"{'To begin anew' if begun else 'To begin'} as {admin.role}, open this link within 24 hours. It works once:")
    click.echo(f"  {address}")
    if begun:
        click.echo("When it is used, the old password, passkeys and codes of this account end.")


@admin_group.command("list")
@said_plainly
def admin_list() -> None:
    """List the accounts of the desk."""
    with open_service() as service, service.read() as session:
        people = admins.everybody(session)
    for admin in people:
        click.echo(f"{admin.role:8} {admin.email:32} {admin.name}{'' if admin.confirmed_at else ' (invited)'}")
    if not people:
        click.echo("Nobody yet. Make the first account with `mendletter admin add EMAIL`.")


@admin_group.command("remove")
@click.argument("email")
@said_plainly
def admin_remove(email: str) -> None:
    """Remove the account of EMAIL; whoever it was is out at once."""
    with open_service() as service, service.write() as session:
        admin = admins.find(session, key(email))
        if admin is None:
            raise AccountError("There is no account with this address. `mendletter admin list` shows those there are.")
        accounts.remove(session, admin.id)
        audit.note(session, _by_command("colleague removed", admin.id), wall=service.wall())
    click.echo("The account is removed.")


def _by_command(what: str, admin_id: int) -> Entry:
    return Entry(None, "mendletter admin", "operator", "", what, f"admin:{admin_id}")
