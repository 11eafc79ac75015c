"""what explains a verdict"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "verdict", sa.Column("assumption", sa.String(length=200), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("verdict", "assumption")
