-- Ids are UUIDs as text, times are milliseconds since 1970, booleans are 0 and 1, documents are JSON as text.
-- AUTO_ID stands for the running number of each database.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE workspace (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    notifications TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE user_account (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

-- A right of a user: in a workspace, or, without one, in the whole instance.
CREATE TABLE permission (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    workspace_id TEXT REFERENCES workspace (id),
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX permission_of_user ON permission (user_id);

CREATE TABLE application (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    name TEXT NOT NULL,
    client_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE definition (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    workspace_id TEXT REFERENCES workspace (id),
    origin TEXT NOT NULL,
    documentation_url TEXT,
    icon TEXT,
    version_id TEXT,
    resource_requirements TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE definition_version (
    id TEXT PRIMARY KEY,
    definition_id TEXT NOT NULL REFERENCES definition (id),
    number BIGINT NOT NULL,
    reference TEXT NOT NULL,
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT,
    spec TEXT NOT NULL,
    manifest TEXT,
    protocol_version TEXT NOT NULL,
    supports_refreshes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (definition_id, number)
);

-- A ciphertext; its id stands in a configuration in place of the secret.
CREATE TABLE secret (
    id TEXT PRIMARY KEY,
    workspace_id TEXT,
    ciphertext TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX secret_expires ON secret (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE oauth_parameter (
    id TEXT PRIMARY KEY,
    workspace_id TEXT,
    definition_id TEXT NOT NULL REFERENCES definition (id),
    configuration TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX oauth_parameter_of_definition ON oauth_parameter (definition_id);

CREATE TABLE actor (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    definition_id TEXT NOT NULL REFERENCES definition (id),
    version_id TEXT REFERENCES definition_version (id),
    name TEXT NOT NULL,
    configuration TEXT NOT NULL,
    resource_allocation TEXT,
    is_draft BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX actor_of_workspace ON actor (kind, workspace_id, created_at, id);
CREATE INDEX actor_of_definition ON actor (definition_id);

CREATE TABLE catalog (
    id TEXT PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES actor (id),
    version_id TEXT NOT NULL,
    configuration_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    catalog TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX catalog_of_actor ON catalog (actor_id, created_at);

CREATE TABLE connection (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    source_id TEXT NOT NULL REFERENCES actor (id),
    destination_id TEXT NOT NULL REFERENCES actor (id),
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    streams TEXT NOT NULL,
    catalog_id TEXT,
    namespace TEXT NOT NULL,
    prefix TEXT NOT NULL,
    schedule TEXT NOT NULL,
    next_run_at BIGINT,
    schema_policy TEXT NOT NULL,
    backfills BIGINT NOT NULL,
    notifies_schema_changes BIGINT NOT NULL,
    schema_change TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX connection_of_workspace ON connection (workspace_id, created_at, id);
CREATE INDEX connection_of_source ON connection (source_id);
CREATE INDEX connection_of_destination ON connection (destination_id);
CREATE INDEX connection_due ON connection (next_run_at) WHERE next_run_at IS NOT NULL;

CREATE TABLE tag (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE connection_tag (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    tag_id TEXT NOT NULL REFERENCES tag (id),
    PRIMARY KEY (connection_id, tag_id)
);

-- The states of a connection, a row for each stream; the shared part of a GLOBAL state, and a LEGACY state, have no stream.
-- `namespace` is '' together with `has_namespace` 0 where a stream has none.
CREATE TABLE stream_state (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    kind TEXT NOT NULL,
    has_namespace BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    job_id BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, has_namespace, namespace, name)
);

CREATE TABLE stream_generation (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    has_namespace BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    generation BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    PRIMARY KEY (connection_id, has_namespace, namespace, name)
);

-- Refreshes and clears that the next job carries out.
CREATE TABLE stream_request (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    has_namespace BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    request TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, has_namespace, namespace, name)
);

CREATE TABLE job (
    id AUTO_ID,
    connection_id TEXT NOT NULL REFERENCES connection (id),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    trigger_kind TEXT NOT NULL,
    status TEXT NOT NULL,
    streams TEXT NOT NULL,
    idempotency_key TEXT,
    attempts BIGINT NOT NULL,
    retry TEXT NOT NULL,
    claimable_at BIGINT,
    lease_token TEXT,
    lease_owner TEXT,
    lease_until BIGINT,
    cancel_requested_at BIGINT,
    records_committed BIGINT NOT NULL,
    bytes_committed BIGINT NOT NULL,
    failure TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX job_active ON job (connection_id) WHERE status IN ('pending', 'running', 'incomplete');
CREATE INDEX job_claimable ON job (claimable_at) WHERE claimable_at IS NOT NULL;
CREATE INDEX job_leased ON job (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX job_of_connection ON job (connection_id, id);
CREATE INDEX job_of_connection_created ON job (connection_id, created_at, id);
CREATE INDEX job_of_connection_updated ON job (connection_id, updated_at, id);
CREATE INDEX job_of_workspace_created ON job (workspace_id, created_at, id);
CREATE INDEX job_of_workspace_updated ON job (workspace_id, updated_at, id);
CREATE INDEX job_created ON job (created_at, id);
CREATE INDEX job_updated ON job (updated_at, id);
-- For words that few jobs have; those that most have are looked up in the rows.
CREATE INDEX job_of_workspace_status_created ON job (workspace_id, status, created_at, id);
CREATE INDEX job_of_workspace_status_updated ON job (workspace_id, status, updated_at, id);
CREATE INDEX job_of_workspace_kind_created ON job (workspace_id, kind, created_at, id);
CREATE INDEX job_of_status_created ON job (status, created_at, id);
CREATE INDEX job_of_status_updated ON job (status, updated_at, id);
CREATE INDEX job_of_kind_created ON job (kind, created_at, id);
CREATE UNIQUE INDEX job_idempotent ON job (connection_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE attempt (
    job_id BIGINT NOT NULL REFERENCES job (id),
    number BIGINT NOT NULL,
    status TEXT NOT NULL,
    plan TEXT,
    failures TEXT NOT NULL,
    dropped TEXT NOT NULL,
    records_emitted BIGINT NOT NULL,
    bytes_emitted BIGINT NOT NULL,
    records_committed BIGINT NOT NULL,
    bytes_committed BIGINT NOT NULL,
    states_emitted BIGINT NOT NULL,
    -- The first lines of a log are kept, and its last ones, from `log_tail_from` on.
    log_lines BIGINT NOT NULL,
    log_head_lines BIGINT NOT NULL,
    log_head_bytes BIGINT NOT NULL,
    log_tail_from BIGINT NOT NULL,
    log_tail_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (job_id, number)
);

CREATE TABLE attempt_stream (
    job_id BIGINT NOT NULL,
    attempt_number BIGINT NOT NULL,
    has_namespace BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    records_emitted BIGINT NOT NULL,
    bytes_emitted BIGINT NOT NULL,
    records_committed BIGINT NOT NULL,
    bytes_committed BIGINT NOT NULL,
    estimated_records BIGINT,
    PRIMARY KEY (job_id, attempt_number, has_namespace, namespace, name),
    FOREIGN KEY (job_id, attempt_number) REFERENCES attempt (job_id, number)
);

CREATE TABLE attempt_log (
    job_id BIGINT NOT NULL,
    attempt_number BIGINT NOT NULL,
    line BIGINT NOT NULL,
    at BIGINT NOT NULL,
    origin TEXT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (job_id, attempt_number, line),
    FOREIGN KEY (job_id, attempt_number) REFERENCES attempt (job_id, number)
);

-- A spec, check or discover that somebody waits for.
CREATE TABLE command (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    workspace_id TEXT,
    actor_id TEXT,
    input TEXT NOT NULL,
    status TEXT NOT NULL,
    output TEXT,
    failure TEXT,
    log TEXT NOT NULL,
    tries BIGINT NOT NULL,
    claimable_at BIGINT,
    lease_token TEXT,
    lease_owner TEXT,
    lease_until BIGINT,
    cancel_requested_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX command_claimable ON command (claimable_at) WHERE claimable_at IS NOT NULL;
CREATE INDEX command_leased ON command (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX command_ended ON command (ended_at);

-- Who changed what, and what happened to a connection.
CREATE TABLE event (
    id AUTO_ID,
    at BIGINT NOT NULL,
    user_id TEXT,
    workspace_id TEXT,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    action TEXT NOT NULL,
    summary TEXT NOT NULL
);
CREATE INDEX event_of_resource ON event (resource_kind, resource_id, id);
CREATE INDEX event_of_workspace ON event (workspace_id, id);

-- Messages to the outside, each sent once.
CREATE TABLE notification (
    id AUTO_ID,
    dedup_key TEXT NOT NULL UNIQUE,
    workspace_id TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    tries BIGINT NOT NULL,
    claimable_at BIGINT,
    lease_token TEXT,
    lease_until BIGINT,
    last_problem TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX notification_claimable ON notification (claimable_at) WHERE claimable_at IS NOT NULL;

CREATE TABLE worker (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
