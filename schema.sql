-- The database, in numbered steps. Opening a database runs the steps that its user_version lacks, in one transaction.
-- Append only: a step that has been released is never edited. All times are seconds since 1970 UTC, all sizes bytes.

-- step 1

-- The friends. A removed one stays as a tombstone (deleted is set), so that AUTOINCREMENT never gives his id again.
CREATE TABLE user (
    id             INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
    name           TEXT    NOT NULL,
    password       TEXT    NOT NULL,
    port           INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    method         TEXT    NOT NULL,
    u              INTEGER NOT NULL DEFAULT 0 CHECK (u >= 0), -- uploaded since period_started
    d              INTEGER NOT NULL DEFAULT 0 CHECK (d >= 0), -- downloaded since period_started
    quota          INTEGER CHECK (quota >= 0),                -- NULL: no limit
    t              INTEGER NOT NULL DEFAULT 0,                -- last use, 0: never
    switch         INTEGER NOT NULL DEFAULT 1 CHECK (switch IN (0, 1)),
    expires        TEXT,                                      -- the last day on which he is let in, 2026-12-31; NULL: never ends
    reset_day      INTEGER CHECK (reset_day BETWEEN 1 AND 31),
    next_reset     TEXT,                                      -- the day at whose start the counters begin again
    period_started INTEGER NOT NULL,
    note           TEXT    NOT NULL DEFAULT '',
    uuid           TEXT    NOT NULL UNIQUE,                   -- his V2Ray identity
    secret         TEXT    NOT NULL UNIQUE,                   -- the address of his own page
    created        INTEGER NOT NULL,
    deleted        INTEGER,                                   -- NULL: here
    revision       INTEGER NOT NULL DEFAULT 0                 -- counts changes by hand, so that two tabs notice each other
) STRICT;
CREATE UNIQUE INDEX user_by_name ON user (name) WHERE deleted IS NULL;
-- Not unique: a port is free again 30 days after its user was removed, which only the one who asks can judge.
CREATE INDEX user_by_port ON user (port);
CREATE INDEX user_by_next_reset ON user (next_reset) WHERE next_reset IS NOT NULL AND deleted IS NULL;

CREATE TABLE node (
    id        INTEGER PRIMARY KEY CHECK (id > 0),
    name      TEXT    NOT NULL DEFAULT '',
    address   TEXT    NOT NULL DEFAULT '',                    -- the host that friends connect to
    rate      INTEGER NOT NULL DEFAULT 1000 CHECK (rate >= 0), -- thousandths; 1000: a byte counts as a byte
    created   INTEGER NOT NULL,
    last_pull INTEGER NOT NULL DEFAULT 0,                     -- it asked for the users, 0: never
    last_push INTEGER NOT NULL DEFAULT 0,                     -- it reported traffic, 0: never
    u         INTEGER NOT NULL DEFAULT 0,                     -- uploaded through it in all, as reported
    d         INTEGER NOT NULL DEFAULT 0,
    online    INTEGER,                                        -- users online, as it said at online_at
    online_at INTEGER NOT NULL DEFAULT 0,
    load      TEXT    NOT NULL DEFAULT '',
    uptime    REAL,                                           -- seconds, as it said at info_at
    info_at   INTEGER NOT NULL DEFAULT 0,
    ip        TEXT    NOT NULL DEFAULT ''                     -- the address that it named itself
) STRICT;

-- What a node sent that was not taken, newest last; the oldest are dropped.
CREATE TABLE refusal (
    id   INTEGER PRIMARY KEY,
    node INTEGER NOT NULL REFERENCES node (id),
    at   INTEGER NOT NULL,
    why  TEXT    NOT NULL
) STRICT;
CREATE INDEX refusal_by_node ON refusal (node, id);

-- The history, in bytes as reported: one row an hour, user and node; hours older than three months are folded into days.
-- The hour comes first so that every report writes to the end of the table.
CREATE TABLE traffic (
    hour INTEGER NOT NULL,                                    -- its first second
    user INTEGER NOT NULL REFERENCES user (id),
    node INTEGER NOT NULL REFERENCES node (id),
    u    INTEGER NOT NULL,
    d    INTEGER NOT NULL,
    PRIMARY KEY (hour, user, node)
) STRICT, WITHOUT ROWID;

-- Closed accounting periods, in bytes as counted (a node's rate included).
CREATE TABLE period (
    user    INTEGER NOT NULL REFERENCES user (id),
    ended   INTEGER NOT NULL,
    started INTEGER NOT NULL,
    u       INTEGER NOT NULL,
    d       INTEGER NOT NULL,
    PRIMARY KEY (user, ended)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB    PRIMARY KEY,                           -- SHA-256 of the cookie
    csrf       TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Idempotency-Keys of the last 24 hours, and what was answered.
CREATE TABLE receipt (
    key    TEXT    PRIMARY KEY,
    at     INTEGER NOT NULL,
    answer TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_by_age ON receipt (at);

-- step 2

-- The page of users is in this order, and must not have to sort everybody.
CREATE INDEX user_by_name_nocase ON user (name COLLATE NOCASE, id) WHERE deleted IS NULL;

-- step 3

-- What happened to a user: when, what, and who or what did it; the oldest are dropped.
CREATE TABLE event (
    id     INTEGER PRIMARY KEY,
    user   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    at     INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    detail TEXT    NOT NULL DEFAULT '',                       -- the fields that were changed, the bytes of a period that was closed
    actor  TEXT    NOT NULL                                   -- page, command, panel
) STRICT;
CREATE INDEX event_by_user ON event (user, at, id);

-- What keeps a user out without anybody's doing, as far as that has been noticed: '', 'over', 'expired'.
ALTER TABLE user ADD COLUMN noticed TEXT NOT NULL DEFAULT '';

-- How a node carries VMess, for those that do.
CREATE TABLE vmess (
    node    INTEGER PRIMARY KEY REFERENCES node (id) ON DELETE CASCADE,
    port    INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    network TEXT    NOT NULL,                                 -- tcp, ws, grpc
    path    TEXT    NOT NULL,                                 -- of the WebSocket, or the name of the gRPC service
    host    TEXT    NOT NULL,                                 -- the name to ask for, if it is not the node's address
    tls     INTEGER NOT NULL CHECK (tls IN (0, 1)),
    alone   INTEGER NOT NULL CHECK (alone IN (0, 1))          -- there is no Shadowsocks on it
) STRICT;

-- step 4

-- Idempotency-Keys by what was called with them, in the order in which they came, and what was answered: those of the last 24 hours,
-- and the newest whatever their age, since a clock may be set.
CREATE TABLE answered (
    turn   INTEGER PRIMARY KEY,
    call   TEXT    NOT NULL,                                  -- '': of a time when a key stood for itself
    key    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    answer TEXT    NOT NULL,
    UNIQUE (call, key)
) STRICT;
INSERT INTO answered (call, key, at, answer) SELECT '', key, at, answer FROM receipt ORDER BY at;
DROP TABLE receipt;
ALTER TABLE answered RENAME TO receipt;

-- step 5

-- The periods of those who were removed end too: they may be brought back.
DROP INDEX user_by_next_reset;
CREATE INDEX user_by_next_reset ON user (next_reset) WHERE next_reset IS NOT NULL;

-- step 6

-- Who has just been shut out is asked for with every list that nodes read.
CREATE INDEX event_by_time ON event (at);

-- step 7

-- Notices to the admin on their way to a channel: tried until they are delivered or a day is over.
CREATE TABLE outbox (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,               -- told to webhooks, so that they notice a repetition
    channel  TEXT    NOT NULL,
    payload  TEXT    NOT NULL,                                -- JSON
    created  INTEGER NOT NULL,
    tries    INTEGER NOT NULL DEFAULT 0,
    next_try INTEGER NOT NULL,
    failed   INTEGER,                                         -- when it was given up
    error    TEXT    NOT NULL DEFAULT ''
) STRICT;

-- What the admin was told of, and in which case (a period, a day), so that nothing is told twice. Subject -1: the kind was looked at.
CREATE TABLE told (
    kind    TEXT    NOT NULL,
    subject INTEGER NOT NULL,
    mark    TEXT    NOT NULL,
    UNIQUE (kind, subject)
) STRICT;

-- step 8

-- How many answers to an Idempotency-Key are kept is bounded for each node.
ALTER TABLE receipt ADD COLUMN node INTEGER NOT NULL DEFAULT 0;
CREATE INDEX receipt_by_node ON receipt (node, turn);

-- Whether the admin has added or changed a node. One that only called is not confirmed, and there are only so many of those.
ALTER TABLE node ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1));
UPDATE node SET confirmed = 1 WHERE name <> '' OR address <> '' OR rate <> 1000 OR id IN (SELECT node FROM vmess);
CREATE INDEX node_unconfirmed ON node (id) WHERE confirmed = 0;

-- Counts the changes made to a node by hand, so that two tabs notice each other.
ALTER TABLE node ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- step 9

-- A node that was removed keeps its history, and is back when its program calls again. A muted one raises no alarm.
ALTER TABLE node ADD COLUMN removed INTEGER;
ALTER TABLE node ADD COLUMN muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1));

-- The last day is so many days after the first use: NULL once it is known. One who renews has a last day that moves on with each reset.
ALTER TABLE user ADD COLUMN valid_days INTEGER CHECK (valid_days > 0);
ALTER TABLE user ADD COLUMN renews INTEGER NOT NULL DEFAULT 0 CHECK (renews IN (0, 1));
CREATE INDEX user_by_valid_days ON user (id) WHERE valid_days IS NOT NULL;

-- The nodes that a user may use, `,1,3,`; NULL: all.
ALTER TABLE user ADD COLUMN nodes TEXT;
CREATE INDEX user_by_nodes ON user (id) WHERE nodes IS NOT NULL;

-- step 10

-- What the admin changed on a node, or in the settings (node 0), as `event.detail` has it.
CREATE TABLE change (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    node   INTEGER NOT NULL,
    detail TEXT    NOT NULL,
    actor  TEXT    NOT NULL
) STRICT;
CREATE INDEX change_by_node ON change (node, id);

-- step 11

-- What nodes of our own keep a user to: megabits a second each way, and addresses at the same time; 0 is no limit.
ALTER TABLE user ADD COLUMN speed INTEGER NOT NULL DEFAULT 0 CHECK (speed >= 0);
ALTER TABLE user ADD COLUMN devices INTEGER NOT NULL DEFAULT 0 CHECK (devices >= 0);

-- What is added to a port to get the one under which a node is reached from outside.
ALTER TABLE node ADD COLUMN port_offset INTEGER NOT NULL DEFAULT 0;

-- step 12

-- By what users are sorted by name: without capitals and accents. Written with each name, since SQLite folds ASCII alone.
ALTER TABLE user ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
UPDATE user SET sort_name = sort_key(name);
DROP INDEX user_by_name_nocase;
CREATE INDEX user_by_sort_name ON user (sort_name, id) WHERE deleted IS NULL;
