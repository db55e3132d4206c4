"""Adds users to JupyterHub's database by its own tables, thousands at a time: names as JSON on standard input."""

import json
import sys

from jupyterhub import orm

db = orm.new_session_factory(sys.argv[1])()
roles = orm.Base.metadata.tables["user_role_map"]
role = db.query(orm.Role).filter_by(name="user").one()
names = json.load(sys.stdin)
for start in range(0, len(names), 10_000):
    some = names[start : start + 10_000]
    users = [{"name": name, "admin": False, "cookie_id": orm.new_token()} for name in some]
    db.bulk_insert_mappings(orm.User, users)
    db.flush()
    without_role = db.query(orm.User.id).outerjoin(roles, roles.c.user_id == orm.User.id)
    rows = [{"user_id": id, "role_id": role.id} for (id,) in without_role.filter(roles.c.user_id.is_(None))]
    db.execute(roles.insert(), rows)
    db.commit()
