"""Who may change whose account.

In: a person, and the account that they want to change. Out: that account, or NotPermitted. Leads
see to the work of reviewers; admins to everybody's work and standing, but their own. What people
choose for themselves is not asked about here.
"""

from sqlalchemy.orm import Session

from modsvc.errors import NotPermitted
from modsvc.review import accounts
from modsvc.store.tables import Account


def sets_work(actor: Account, other: Account) -> bool:
    """Whether the actor may set the other's languages and daily cap."""
    return actor.role == "admin" or (actor.role == "lead" and other.role == "reviewer")


def sets_standing(actor: Account, other: Account) -> bool:
    """Whether the actor may set the other's role and password, lock them out or let them in."""
    return actor.role == "admin" and actor.id != other.id


def for_work(session: Session, actor: Account, account: str) -> Account:
    """The account, if the actor may set its languages and cap. Raises NotFound, NotPermitted."""
    other = accounts.get(session, account)
    if not sets_work(actor, other):
        raise NotPermitted("Leads set the languages and caps of reviewers: ask an admin.")
    return other


def for_standing(session: Session, actor: Account, account: str) -> Account:
    """The account, if the actor may say whether and as what it may sign in.

    Raises NotFound, NotPermitted.
    """
    other = accounts.get(session, account)
    if not sets_standing(actor, other):
        raise NotPermitted("Only an admin may do this, and nobody for themselves: ask an admin.")
    return other
