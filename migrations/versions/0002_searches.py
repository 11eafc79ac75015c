"""searches and what they found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search",
        sa.Column("search", sa.String(length=16), nullable=False),
        sa.Column("scenario", sa.String(length=200), nullable=False),
        sa.Column("scenario_text", sa.Text(), nullable=False),
        sa.Column("switch", sa.String(length=64), nullable=False),
        sa.Column("core_version", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("until_found", sa.Boolean(), nullable=False),
        sa.Column("first_seed", sa.BigInteger(), nullable=False),
        sa.Column("seeds", sa.BigInteger(), nullable=False),
        sa.Column("next_seed", sa.BigInteger(), nullable=False),
        sa.Column("seeds_done", sa.BigInteger(), nullable=False),
        sa.Column("violations", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("virtual_us", sa.BigInteger(), nullable=False),
        sa.Column("wall_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("search"),
    )
    op.create_table(
        "finding",
        sa.Column("finding", sa.String(length=16), nullable=False),
        sa.Column("search", sa.String(length=16), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("shrunk", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["search"], ["search.search"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("finding"),
        sa.UniqueConstraint("search", "seed"),
    )


def downgrade() -> None:
    op.drop_table("finding")
    op.drop_table("search")
