"""Whose token it is and all that they hold, in one read: for doors at which programs knock very often."""

from datetime import datetime
from functools import cache
from hmac import compare_digest

from django.db import connection
from knox.crypto import hash_token
from knox.settings import CONSTANTS

from apps.accounts.authentication import note_use
from apps.accounts.models import ApiToken, User

STANDING = """
SELECT {columns}, t.id, t.digest, t.last_used_on,
  (SELECT {together}(c.app_label || '.' || p.codename, ' ')
     FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
    WHERE p.id IN (SELECT g.permission_id FROM auth_group_permissions g
                     JOIN accounts_user_groups m ON m.group_id = g.group_id WHERE m.user_id = u.id
                    UNION SELECT o.permission_id FROM accounts_user_user_permissions o WHERE o.user_id = u.id)),
  (SELECT {together}(CAST(m.unit_id AS text), ' ') FROM accounts_membership m WHERE m.user_id = u.id),
  EXISTS (SELECT 1 FROM guardian_userobjectpermission o WHERE o.user_id = u.id)
    OR EXISTS (SELECT 1 FROM guardian_groupobjectpermission o
                 JOIN accounts_user_groups m ON m.group_id = o.group_id WHERE m.user_id = u.id)
FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
WHERE t.token_key = %s AND t.revoked_at IS NULL AND t.expiry > %s AND u.is_active
"""
HELD = 6  # columns behind the person's own


def who_knocks(secret: str, now: datetime) -> User | None:
    """The person whose live token `secret` is, holding permissions, units and the lack of grants as read just now."""
    sql, names, converted = _statement(connection.vendor)
    digest = hash_token(secret)
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(sql, [secret[: CONSTANTS.TOKEN_KEY_LENGTH], moment])
        rows = cursor.fetchall()
    row = next((row for row in rows if compare_digest(digest, row[-HELD + 1])), None)
    if row is None:
        return None
    values = list(row[:-HELD])
    for place, column, converters in converted:
        for convert in converters:
            values[place] = convert(values[place], column, connection)
    user = User.from_db("default", names, values)
    token, _, used, permissions, units, granted = row[-HELD:]
    user._perm_cache = set((permissions or "").split())  # type: ignore[attr-defined]
    user.unit_ids = frozenset(int(unit) for unit in (units or "").split())
    if not granted:
        user._granted = {}  # type: ignore[attr-defined]
    if str(used) != str(now.date()):
        note_use(ApiToken(pk=token), now)
    return user


@cache
def _statement(vendor: str) -> tuple[str, list[str], list[tuple[int, object, list]]]:
    """The statement, the person's attributes that it fills, and which of their columns need converting."""
    fields = User._meta.concrete_fields
    columns = ", ".join(f"u.{connection.ops.quote_name(str(field.column))}" for field in fields)
    together = "string_agg" if vendor == "postgresql" else "group_concat"
    converted = []
    for place, field in enumerate(fields):
        column = field.get_col("u")
        converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        if converters:
            converted.append((place, column, converters))
    return STANDING.format(columns=columns, together=together), [field.attname for field in fields], converted
