"""${message}

Additive first: the previous release must be able to run on this schema. Imports nothing of the app.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
# The oldest migration whose release can use the schema after this one: usually `down_revision`,
# when all that this migration does is to add. None when only the release of this migration can.
# `make check` verifies it; what it cannot know needs the comment `# compatible: REASON`.
compatible_from = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
